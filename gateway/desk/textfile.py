"""A file that an admin writes, as text. Everything in a desk is read through this door.

Every system's line ends and a byte order mark are taken, for desks are edited with
whatever is at hand. What is no UTF-8 is refused with its line, never guessed at.
"""

from pathlib import Path

from gateway.errors import ConfigError, Fault

MAX_BYTES = 8 * 2**20


def read_text(path: Path, *, if_missing: str = "") -> str:
    """The file's text with "\\n" for line ends. `if_missing` is what to do when it is not there.

    Raises ConfigError.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ConfigError([Fault(path, None, "", "is not there", if_missing)]) from None
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
        raise ConfigError([Fault(path, None, "", problem, "see its owner and mode")]) from None
    if len(content) > MAX_BYTES:
        problem = f"is larger than {MAX_BYTES // 2**20} MB"
        raise ConfigError([Fault(path, None, "", problem, "is it the right file?")])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problem = f"has a byte 0x{content[error.start]:02x} that is not UTF-8"
        raise ConfigError([Fault(path, line, "", problem, "save the file as UTF-8")]) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")
