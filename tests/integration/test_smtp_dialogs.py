"""Dialogs as data: what strangers and crooks say, and what they hear."""

import ssl
from pathlib import Path

import pytest
import trustme

from gateway.desk import certificate
from gateway.desk.watched import Watched
from support import dialogs
from support.listening import Dialog, Listen, dialog
from support.mail import ANN, SUPPORT
from support.waiting import eventually


def context(folder: Path, authority: trustme.CA) -> Watched[ssl.SSLContext]:
    issued = authority.issue_cert("localhost")
    chain, key = folder / "cert.pem", folder / "key.pem"
    issued.private_key_pem.write_to_path(key)
    key.chmod(0o600)
    chain.write_bytes(b"".join(each.bytes() for each in issued.cert_chain_pems))
    return Watched((chain, key), lambda: certificate.load(chain, key))


@pytest.mark.timeout(60)
@pytest.mark.parametrize("file", dialogs.FILES, ids=lambda file: file.stem)
def test_dialog_goes_as_written_and_nobody_else_notices(
    file: Path,
    listen: Listen,
    authority: trustme.CA,
    trusting: ssl.SSLContext,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    written = dialogs.read(file)
    here = listen(
        [{"protocol": written.settings.get("protocol", "smtp"), "listen": "127.0.0.1:0"}],
        {"certificate": context(tmp_path, authority)} if "tls" in written.settings else None,
        **written.listener,
    )
    of_file = "tls" not in written.settings
    port = int(here.places[1 if of_file else 0].rpartition(":")[2])
    short_lived = {"timeout_seconds", "max_session_seconds", "tls"} & written.settings.keys()
    with dialog(here.port, up_to="" if short_lived else "RCPT") as good:
        with dialog(port) as client:
            dialogs.play(written, client, trusting)
        assert len(here.spool.kept) == written.kept
        eventually(lambda: here.listener.held_bytes == 0)
        if not short_lived:
            assert hands_in(good)
            assert len(here.spool.kept) == written.kept + 1
    eventually(lambda: here.listener.sessions == 0)
    assert not [each for each in caplog.records if each.levelname == "ERROR"], caplog.text


def hands_in(client: Dialog) -> bool:
    assert client.ask("DATA").startswith("354")
    return client.ask(f"From: {ANN}\r\nTo: {SUPPORT}\r\n\r\nHello\r\n.").startswith("250")
