"""Damage golden mails for as long as is asked, and look for a promise of the reading that breaks.

    python tests/fuzz/reading.py [--seconds 600] [--seed N]

The promise: whatever bytes arrive, reading returns a Reading, in time linear in the input, with
peak memory at most 10 times the input plus 20 MB. Most of the time goes to damage; then every
bomb is doubled, and every large mail weighed. What is found is shrunk and saved in
`tests/fuzz/found`, where the suite reads it from then on. Ends with 1 if anything was found.
"""

import argparse
import hashlib
import importlib.util
import random
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.bombs import BOMBS
from support.hostile import FOUND, damaged, golden_mails, must_hold, reading_of, smaller
from support.memory import MAILS, allowed, peak_of

HANGS_AFTER_SECONDS = 20
GROWTH = 3.0  # times as long for twice the input
NOISE_SECONDS = 0.2  # below that, a busy machine says more than the code
GUIDED = Path(__file__).with_name("guided.py")


@contextmanager
def alarm(seconds: int) -> Iterator[None]:
    def rings(_signal: int, _frame: object) -> None:
        raise TimeoutError(f"still reading after {seconds} s")

    signal.signal(signal.SIGALRM, rings)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)


def broken(raw: bytes) -> str:
    """What is wrong with the reading of these bytes, with its place; "" when nothing is."""
    try:
        with alarm(HANGS_AFTER_SECONDS):
            must_hold(raw)
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__} at {Path(where.filename).name}:{where.lineno}: {error}"
    return ""


def keep(raw: bytes, what: str) -> Path:
    """The finding as a case: as small as it goes while it breaks in the same place."""
    place = what.partition(": ")[0]
    least = smaller(raw, lambda each: broken(each).startswith(place))
    FOUND.mkdir(exist_ok=True)
    path = FOUND / f"{hashlib.sha256(least).hexdigest()[:12]}.eml"
    path.write_bytes(least)
    return path


def damage(seconds: float, seed: int) -> int:
    rng, mails = random.Random(seed), golden_mails()
    places: set[str] = set()
    read, begun = 0, time.monotonic()
    while time.monotonic() - begun < seconds:
        raw = damaged(rng, mails)
        read += 1
        what = broken(raw)
        if what and (place := what.partition(": ")[0]) not in places:
            places.add(place)
            print(f"FOUND {what[:200]}\n      {keep(raw, what)}")
    print(f"damage: {read} mails from {len(mails)} golden ones, {len(places)} findings")
    return len(places)


def twice(name: str) -> tuple[float, float]:
    """CPU seconds for a bomb and for one of twice the size."""
    spent = []
    for size in (1, 2):
        raw = BOMBS[name](size)
        begun = time.process_time()
        reading_of(raw)
        spent.append(time.process_time() - begun)
    return spent[0], spent[1]


def linear() -> int:
    found = 0
    slowest = ("", 0.0)
    for name in BOMBS:
        for _ in range(3):  # a busy machine is no finding
            once, double = twice(name)
            is_linear = double < max(GROWTH * once, NOISE_SECONDS)
            if is_linear:
                break
        slowest = max(slowest, (name, once), key=lambda each: each[1])
        if not is_linear:
            found += 1
            print(f"FOUND {name}: {once:.2f} s, twice the size {double:.2f} s")
    print(f"time: {len(BOMBS)} bombs doubled, {found} more than {GROWTH:.0f} times as long; "
          f"slowest {slowest[0]!r} with {slowest[1]:.2f} s")  # fmt: skip
    return found


def light() -> int:
    found, most = 0, 0.0
    for name in MAILS:
        size, peak = peak_of(name)
        most = max(most, peak / size)
        if peak > allowed(size):
            found += 1
            print(f"FOUND {name}: peak {peak / 2**20:.0f} MB for {size / 2**20:.0f} MB")
    print(f"memory: {len(MAILS)} mails of 20 MB, peak at most {most:.1f} times the mail")
    return found


def guided(seconds: int) -> int:
    """Atheris follows the branches; it is built for few platforms, so it may be missing."""
    if importlib.util.find_spec("atheris") is None:
        print("guided: skipped, atheris is not installed (pip install atheris, where it builds)")
        return 0
    FOUND.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as corpus:
        command = [sys.executable, GUIDED, corpus, f"-max_total_time={seconds}", "-rss_limit_mb=0"]
        done = subprocess.run(
            [*command, f"-artifact_prefix={FOUND}/", "-timeout=20"],
            capture_output=True,
            check=False,
        )
    told = done.stderr.decode("utf-8", "replace").strip().splitlines()
    print(f"guided: ended with {done.returncode}; {told[-1] if told else 'nothing told'}")
    return int(done.returncode != 0)


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--seconds", type=int, default=600)
    options.add_argument("--seed", type=int, default=int(time.time()))
    asked = options.parse_args()
    print(f"seed {asked.seed}, {asked.seconds} s of damage")
    found = damage(asked.seconds * 0.7, asked.seed) + guided(max(asked.seconds * 3 // 10, 1))
    sys.exit(1 if found + linear() + light() else 0)


if __name__ == "__main__":
    main()
