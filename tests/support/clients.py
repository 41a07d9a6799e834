"""Mail clients of Debian with settings of their own, reading by IMAP and sending by SMTP.

    post = PostOffice(sink, dovecot)
    bob = Neomutt(post, "bob@example.com", desk.port, tmp_path)
    bob.reply("Printer", "#take")

Everybody's account has the local part of their address for a name. The sink stands for the mail
server that delivers: what it was given lies in the accounts as soon as anybody looks.
"""

import subprocess
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import cast

from support.dovecot import PASSWORD, Dovecot
from support.sink import Sink
from support.terminal import on_a_terminal
from support.waiting import eventually


@dataclass
class PostOffice:
    """Carries what the desk sends to the accounts of those whom it is for."""

    sink: Sink
    dovecot: Dovecot
    carried: int = 0
    got: dict[str, list[EmailMessage]] = field(default_factory=dict)

    def carry(self) -> None:
        for mail in self.sink.mails[self.carried :]:
            self.carried += 1
            for address in mail.rcpt_to:
                self.dovecot.account(address.partition("@")[0]).put(mail.content)
                parsed = message_from_bytes(mail.content, policy=default)
                self.got.setdefault(address, []).append(cast(EmailMessage, parsed))

    def newest(self, address: str, subject: str, words: str) -> None:
        """Wait until the newest mail to them with this subject says this."""

        def there() -> bool:
            self.carry()
            mine = [each for each in self.got.get(address, []) if subject in str(each["Subject"])]
            assert mine, "none has come"
            text = text_of(mine[-1])
            assert words in text, text
            return True

        eventually(there, 20, f"{words!r} to {address} about {subject!r}")


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


@dataclass
class Neomutt:
    """Somebody who reads in neomutt and types above what it quotes."""

    post: PostOffice
    address: str
    smtp_port: int
    home: Path

    def reply(self, subject: str, words: str) -> None:
        """Open the inbox, go to the newest mail with this subject, reply, type, send, leave."""
        self.home.mkdir(exist_ok=True)
        (self.home / "words").write_text(f"{words}\n\n")
        editor = self.home / "editor"
        editor.write_text('#!/bin/sh\ncat "$HOME/words" "$1" > "$1.new" && mv "$1.new" "$1"\n')
        editor.chmod(0o755)
        name, port = self.address.partition("@")[0], self.post.dovecot.port
        rc = self.home / "muttrc"
        rc.write_text(
            f'set folder="imap://{name}@127.0.0.1:{port}/"\nset spoolfile="+INBOX"\n'
            f'set imap_user="{name}"\nset imap_pass="{PASSWORD}"\n'
            f'set smtp_url="smtp://127.0.0.1:{self.smtp_port}"\n'
            f'set from="{self.address}"\nset use_envelope_from=yes\nset editor="{editor}"\n'
            "set ssl_starttls=no\nset ssl_force_tls=no\nset copy=no\nset record=\n"
            "set include=yes\nset fast_reply=yes\nset reply_to=yes\nset quit=yes\n"
            "set sort=date-received\nset mark_old=no\nset abort_unmodified=no\nset mail_check=1\n"
        )
        keys = f"<limit>~s '{subject}'<enter><last-entry><reply><send-message><exit>"
        command = ["neomutt", "-n", "-F", str(rc), "-e", f'push "{keys}"']
        with on_a_terminal(command, _environment(self.home)) as terminal:
            assert terminal.ended() == 0, terminal.shown


@dataclass
class Snail:
    """Somebody who reads in s-nail, by commands as its manual has them."""

    post: PostOffice
    address: str
    smtp_port: int
    home: Path

    def write(self, to: str, subject: str, words: str) -> None:
        self._run([*self._sending(), "-s", subject, to], words)

    def reply(self, subject: str, words: str) -> None:
        """To the newest mail that has these words in its subject."""
        name = self.address.partition("@")[0]
        inbox = f"imap://{name}:{PASSWORD}@127.0.0.1:{self.post.dovecot.port}/INBOX"
        newest = len(self.post.got[self.address])
        assert subject in str(self.post.got[self.address][-1]["Subject"])
        self._run([*self._sending(), "-#", "-f", inbox], f"reply {newest}\n{words}\n~.\nexit\n")

    def _sending(self) -> list[str]:
        settings = {
            "mta": f"smtp://127.0.0.1:{self.smtp_port}",
            "smtp-auth": "none",
            "from": self.address,
            "sendcharsets": "utf-8",
            "imap-auth": "login",
            "reply-to-honour": "yes",  # without it, a program without a terminal overlooks it
            "indentprefix": "> ",
        }
        given = [part for name, value in settings.items() for part in ("-S", f"{name}={value}")]
        return ["s-nail", "-:/", "-S", "v15-compat", "-S", "quote", *given]

    def _run(self, command: list[str], typed: str) -> None:
        self.home.mkdir(exist_ok=True)
        done = subprocess.run(
            command,
            input=typed.encode(),
            capture_output=True,
            env=_environment(self.home),
            timeout=60,
            check=False,
        )
        said = (done.stdout + done.stderr).decode("utf-8", "replace")
        assert done.returncode == 0, f"{' '.join(command)}: exit {done.returncode}\n{said}"


def _environment(home: Path) -> dict[str, str]:
    """A newcomer's: no settings of any client."""
    return {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(home), "LC_ALL": "C.UTF-8"}
