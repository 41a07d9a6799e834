"""What systemd says to a service and hears from it: sockets handed over, and readiness.

sd_listen_fds(3) and sd_notify(3), which are a few environment variables and a datagram.
Surprising: the variables name a process, because children inherit them; theirs they are not.
"""

import os
import socket
from collections.abc import Mapping

FIRST_HANDED_OVER = 3  # SD_LISTEN_FDS_START


def handed_over(environ: Mapping[str, str]) -> dict[str, list[socket.socket]]:
    """The listening sockets by their FileDescriptorName; one name may have several.

    To be asked once: each call makes sockets of the same descriptors.
    """
    if environ.get("LISTEN_PID") != str(os.getpid()):
        return {}
    count = int(environ.get("LISTEN_FDS", "0"))
    names = environ.get("LISTEN_FDNAMES", "").split(":")
    found: dict[str, list[socket.socket]] = {}
    for index in range(count):
        name = names[index] if index < len(names) and names[index] else "unknown"
        handed = socket.socket(fileno=FIRST_HANDED_OVER + index)
        handed.set_inheritable(False)
        found.setdefault(name, []).append(handed)
    return found


def tell(state: str, environ: Mapping[str, str]) -> bool:
    """Tell the service manager, "READY=1" for example; False where none wants to know."""
    address = environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    path = "\0" + address[1:] if address.startswith("@") else address
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        try:
            manager.connect(path)
            manager.sendall(state.encode())
        except OSError:  # it may be gone; mail is taken all the same
            return False
    return True
