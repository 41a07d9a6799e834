"""Where to listen: an address and port, a Unix socket, or what systemd hands over.

A Unix socket is made under another name, given its mode and group, and moved into its place,
so that nobody meets it with the wrong ones. What a killed daemon left behind is replaced;
what somebody still answers at never is, nor any file that is no socket.
"""

import contextlib
import errno
import os
import shutil
import socket
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

from gateway.config.listen import MAX_SOCKET_PATH_OCTETS, SYSTEMD, UNIX
from gateway.config.settings import Way
from gateway.errors import GatewayError

BACKLOG = 128

Handed = Mapping[str, Sequence[socket.socket]]


def bind(way: Way, key: str, folder: Path, handed: Handed) -> list[socket.socket]:
    """Listening sockets for this way in. Raises GatewayError that names `key`, with the remedy."""
    if way.listen.startswith(SYSTEMD):
        return _from_systemd(way.listen.removeprefix(SYSTEMD), key, handed)
    if way.listen.startswith(UNIX):
        return [_unix(folder / way.listen.removeprefix(UNIX), way, key)]
    return [_tcp(way.listen, key)]


def place_of(listening: socket.socket, way: Way, folder: Path) -> str:
    """What the socket listens on, as the settings write it."""
    if way.listen.startswith(UNIX):  # the socket knows the name that it was made under
        return f"{UNIX}{folder / way.listen.removeprefix(UNIX)}"
    name = listening.getsockname()
    if isinstance(name, tuple):
        host = f"[{name[0]}]" if ":" in name[0] else name[0]
        return f"{host}:{name[1]}"
    return f"{UNIX}{os.fsdecode(name)}"


def _tcp(endpoint: str, key: str) -> socket.socket:
    host, _, port = endpoint.rpartition(":")
    host = host.strip("[]")
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        both = host == "::" and socket.has_dualstack_ipv6()
        return socket.create_server(
            address[:2], family=family, backlog=BACKLOG, dualstack_ipv6=both
        )
    except OSError as error:
        remedy = _REMEDIES.get(error.errno or 0, "write an address of this machine into it")
        reason = os.strerror(error.errno) if error.errno in _REMEDIES else error.strerror
        raise GatewayError(f'{key}: "{endpoint}": {reason}; {remedy}') from error


_REMEDIES = {
    errno.EADDRINUSE: "stop the program that listens there, or choose another port",
    errno.EACCES: "ports below 1024 need CAP_NET_BIND_SERVICE (see the systemd unit); "
    "or choose a port from 1024 on",
}


def _unix(path: Path, way: Way, key: str) -> socket.socket:
    making = path.with_name(f"{path.name}.{os.getpid()}")
    if len(os.fsencode(making)) > MAX_SOCKET_PATH_OCTETS:
        problem = f"a socket's path has at most {MAX_SOCKET_PATH_OCTETS} octets"
        raise GatewayError(f'{key}: "{path}": {problem} with our number behind; shorten it')
    refusal = _in_the_way(path)
    if refusal:
        raise GatewayError(f'{key}: "{path}": {refusal}')
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        making.unlink(missing_ok=True)
        before = os.umask(0o177)  # nobody else until its group and mode are right
        try:
            listening.bind(os.fspath(making))
        finally:
            os.umask(before)
        if way.socket_group:
            shutil.chown(making, group=way.socket_group)
        making.chmod(int(way.socket_mode, 8))
        listening.listen(BACKLOG)
        making.rename(path)
    except (OSError, LookupError) as error:
        listening.close()
        making.unlink(missing_ok=True)
        reason = error.strerror if isinstance(error, OSError) else str(error)
        remedy = "see that its folder is there and the daemon may write to it"
        raise GatewayError(f'{key}: "{path}": {reason}; {remedy}') from error
    return listening


def _in_the_way(path: Path) -> str | None:
    """Why the path is not ours to take; None when nothing, or nobody, is there."""
    try:
        mode = path.lstat().st_mode
    except OSError:
        return None
    if not stat.S_ISSOCK(mode):
        return "a file that is no socket is there; move it away, or choose another path"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(os.fspath(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return None
        except OSError as error:
            return f"a socket is there: {error.strerror}; remove it, or choose another path"
    return "another program listens there; stop it, or choose another path"


def unlink(path: Path) -> None:
    """Take the name of a Unix socket away at which nobody listens any more."""
    if _in_the_way(path) is None:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def _from_systemd(name: str, key: str, handed: Handed) -> list[socket.socket]:
    found = [each for each in handed.get(name, ()) if each.type == socket.SOCK_STREAM]
    if not found:
        given = ", ".join(sorted(handed)) or "none"
        problem = f"systemd handed over no such socket (handed over: {given})"
        remedy = f"write FileDescriptorName={name} into the .socket unit and start that"
        raise GatewayError(f'{key}: "{SYSTEMD}{name}": {problem}; {remedy}')
    return found
