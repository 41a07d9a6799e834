"""Whether a transaction over two attached SQLite files survives kill -9 in both, or in one.

Part of `one_file_or_two.py`. In WAL mode it is atomic in each file, not over both: that is
what https://sqlite.org/lang_attach.html says, and what is counted here.
"""

import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

_VICTIM = """
import sqlite3, sys
tx = sqlite3.connect(sys.argv[1], isolation_level=None)
tx.execute("ATTACH ? AS s", (sys.argv[2],))
for pragma in ("main.synchronous=FULL", "s.synchronous=FULL"):
    tx.execute(f"PRAGMA {pragma}")
print("ready", flush=True)
while True:
    tx.execute("BEGIN IMMEDIATE")
    tx.execute("UPDATE ticket SET n = n + 1")
    tx.execute("UPDATE s.delivery SET n = n + 1")
    tx.execute("COMMIT")
"""


def torn_by_kill(folder: Path, kills: int) -> int:
    """After how many of the kills the two files did not tell the same story."""
    desk, spool = folder / "torn-desk.db", folder / "torn-spool.db"
    for path, table in ((desk, "ticket"), (spool, "delivery")):
        with sqlite3.connect(path) as made:
            made.execute("PRAGMA journal_mode=WAL")
            made.execute(f"CREATE TABLE {table} (n INTEGER)")
            made.execute(f"INSERT INTO {table} VALUES (0)")  # noqa: S608 - our own two names
        made.close()
    chance, torn, apart_by = random.Random(1), 0, 0
    for _ in range(kills):
        command = [sys.executable, "-c", _VICTIM, str(desk), str(spool)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as victim:
            assert victim.stdout is not None
            victim.stdout.readline()
            time.sleep(0.02 + chance.random() / 50)
            victim.send_signal(signal.SIGKILL)
        difference = _count(desk, "ticket") - _count(spool, "delivery")
        torn += difference != apart_by
        apart_by = difference
    return torn


def _count(path: Path, table: str) -> int:
    opened = sqlite3.connect(path)
    try:
        return int(opened.execute(f"SELECT n FROM {table}").fetchone()[0])  # noqa: S608 - as above
    finally:
        opened.close()
