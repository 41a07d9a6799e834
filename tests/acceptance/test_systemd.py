"""What systemd does to a service: hands sockets over, and hears when it is ready."""

import os
import socket
import subprocess
import sys
from pathlib import Path

from support.desk import COMMAND, DeskUnderTest
from support.mail import send_mail
from support.waiting import eventually

# What systemd does between fork and exec: the sockets become 3 and 4, and LISTEN_PID ours.
_ACTIVATE = """
import os, sys
os.environ["LISTEN_PID"] = str(os.getpid())
os.execv(sys.argv[1], sys.argv[1:])
"""


def handed_over(
    desk: DeskUnderTest, sockets: list[socket.socket], names: str, **environ: str
) -> "subprocess.Popen[bytes]":
    """The daemon with these listening sockets, as systemd starts it."""
    spare = [os.dup(each.fileno()) for each in sockets]

    def arrange() -> None:
        above = [os.dup2(each, 100 + index) for index, each in enumerate(spare)]
        for index, each in enumerate(above):
            os.dup2(each, 3 + index, inheritable=True)

    with desk.output_file.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", _ACTIVATE, COMMAND, "--desk", desk.folder, "run"],
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=range(3, 3 + len(sockets)),
            preexec_fn=arrange,
            env={
                **os.environ,
                "LISTEN_FDS": str(len(sockets)),
                "LISTEN_FDNAMES": names,
                **environ,
            },
        )
    for each in spare:
        os.close(each)
    return process


def test_mail_is_taken_on_the_sockets_that_systemd_hands_over(
    desk: DeskUnderTest, tmp_path: Path
) -> None:
    desk.init()
    toml = desk.folder / "gateway.toml"
    listen = next(line for line in toml.read_text().splitlines() if line.startswith("listen = "))
    desk.configure(listen, 'listen = "systemd:smtp"')
    toml.write_text(toml.read_text() + '\n[[listener]]\nlisten = "systemd:lmtp"\n')
    smtp, lmtp = socket.create_server(("127.0.0.1", 0)), socket.socket(socket.AF_UNIX)
    lmtp.bind(str(tmp_path / "lmtp"))
    lmtp.listen()
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(str(tmp_path / "notify"))
    manager.settimeout(20)
    with smtp, lmtp, manager:
        daemon = handed_over(
            desk, [smtp, lmtp], "smtp:lmtp", NOTIFY_SOCKET=str(tmp_path / "notify")
        )
        try:
            assert manager.recv(100) == b"READY=1"
            send_mail(smtp.getsockname()[1])
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(str(tmp_path / "lmtp"))
                assert client.makefile("rb").readline().startswith(b"220 ")
            eventually(lambda: len(desk.tickets()) == 1)
            daemon.terminate()
            assert manager.recv(100) == b"STOPPING=1"
            assert daemon.wait(10) == 0
        finally:
            daemon.kill()
            daemon.wait()


def test_sockets_that_are_another_processs_are_not_taken(desk: DeskUnderTest) -> None:
    desk.init()
    listen = (desk.folder / "gateway.toml").read_text()
    line = next(each for each in listen.splitlines() if each.startswith("listen = "))
    desk.configure(line, 'listen = "systemd:smtp"')
    desk.run(env={"LISTEN_PID": "1", "LISTEN_FDS": "1", "LISTEN_FDNAMES": "smtp"})
    assert desk.wait_ended() == 69
    assert "systemd handed over no such socket" in desk.output()
