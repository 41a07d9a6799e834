"""Where templates are: the desk's own folder, and what is packaged.

Never raises for a folder that is missing or not for us: then there is nothing in it.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

Files = frozenset[tuple[str, int, int]]  # name, when it was changed, size


def files_in(folder: Path) -> Files:
    """What would be different if a file were added, changed or removed; nothing without a
    template among them."""
    found = []
    with suppress(OSError), os.scandir(folder) as entries:  # may be missing, or not for us
        listed = list(entries)
        has_any = any(entry.name.endswith(".j2") for entry in listed)
        for entry in listed if has_any else ():
            with suppress(OSError):
                stat = entry.stat()
                found.append((entry.name, stat.st_mtime_ns, stat.st_size))
    return frozenset(found)


def packaged_folders() -> tuple[Path, ...]:
    """In the wheel inside the package, in a checkout beside it."""
    package = Path(__file__).parent.parent
    return package / "templates" / "email", package.parent / "templates" / "email"


def file_names(*folders: Path) -> list[str]:
    return sorted(
        {path.name for folder in folders for path in folder.glob("[!.]*") if path.is_file()}
    )


def find(folders: Iterable[Path], name: str) -> Path | None:
    """Templates stand side by side: a name with a folder in it, or "..", finds nothing."""
    if Path(name).name != name:
        return None
    for folder in folders:
        with suppress(OSError):  # a folder that we may not look into is as good as missing
            if (folder / name).is_file():
                return folder / name
    return None
