"""A place for a benchmark's files, where fsync costs what it costs elsewhere."""

import sys
from pathlib import Path

ON_DISK = Path("/var/tmp")  # noqa: S108 - what is kept over a restart, so no file system in memory


def require_disk(folder: Path) -> str:
    """The kind of the folder's file system; ends the program on one in memory."""
    mounts = (line.split() for line in Path("/proc/mounts").read_text().splitlines())
    inside = [(len(where), kind) for _, where, kind, *_ in mounts if folder.is_relative_to(where)]
    kind = max(inside)[1]
    if kind in ("tmpfs", "ramfs"):
        sys.exit(f"{folder} is in memory ({kind}), where fsync costs nothing; name another --dir")
    return kind
