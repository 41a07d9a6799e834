"""What reading a mail costs, against the standard library reading the same mail.

    python bench/reading.py [--mails 400] [--rounds 5] [--paths 3000]

Ours is the whole step: parse, name the kind, read the bounce, find the new text, and clean the
HTML where there is some. The yardstick is what any program would have to do with the standard
library: parse, ask twelve headers, decode every part. CPU time of this process, mail by mail
in turns; the ratio is sum over sum, so that large mails weigh what they cost. At the end, how
many mails a second `ticket-gateway parse --json --from -` reads from files.
"""

import argparse
import contextlib
import email
import email.policy
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from mails import MIX, Made, generate

from gateway import html
from gateway.message import Envelope, Source
from gateway.reading import read

SEED = 7
BAR = 0.8  # ratio over all kinds that we stay below
ASKED = (
    "message-id", "in-reply-to", "references", "from", "reply-to", "to", "cc", "subject", "date",
    "auto-submitted", "precedence", "list-id",
)  # fmt: skip
ENVELOPE = Envelope(
    mail_from="someone@customers.test",
    rcpt_to=("support@desk.test",),
    received_at=datetime(2026, 1, 1, tzinfo=UTC),
    source=Source.SMTP,
)

Spent = dict[str, float]  # CPU seconds by kind


def ours(raw: bytes) -> None:
    reading = read(raw, ENVELOPE, own_addresses=frozenset(), own_desk="it.desk.test")
    if reading.message.html:
        html.clean(reading.message.html)


def yardstick(raw: bytes) -> int:
    """Letters and bytes found; bytes where the library cannot give the content as text."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    found = 0
    for name in ASKED:
        with contextlib.suppress(Exception):
            found += len(str(message.get(name, "")))
    for part in message.walk():
        if part.is_multipart():
            continue
        try:
            found += len(part.get_content())
        except Exception:
            found += len(part.get_payload(decode=True) or b"")
    return found


def seconds(work: Callable[[bytes], object], raw: bytes) -> float:
    begun = time.process_time()
    work(raw)
    return time.process_time() - begun


def measure(made: list[Made], rounds: int) -> list[tuple[Spent, Spent]]:
    """CPU seconds of each round by kind and in "all", ours and the yardstick's."""
    for each in made[:50]:  # caches and lazy imports are warm in a daemon
        ours(each.raw)
        yardstick(each.raw)
    found = []
    for _ in range(rounds):
        pair: tuple[Spent, Spent] = (defaultdict(float), defaultdict(float))
        for each in made:
            for spent, work in zip(pair, (ours, yardstick), strict=True):
                took = seconds(work, each.raw)
                spent[each.kind] += took
                spent["all"] += took
        found.append(pair)
    return found


def tell(made: list[Made], rounds: list[tuple[Spent, Spent]]) -> float:
    """Print a line for each kind; the median ratio over all."""
    count = Counter(each.kind for each in made)
    count["all"] = len(made)
    print(
        f"{'kind':8}{'mails':>6}   {'ratio (range)':22}{'ours':>8}{'yardstick':>11}  ms CPU a mail"
    )
    for kind in ("all", *MIX):
        if not count[kind]:
            continue
        ratios = sorted(we[kind] / they[kind] for we, they in rounds)
        middle = statistics.median(ratios)
        shown = f"{middle:.2f} ({ratios[0]:.2f}-{ratios[-1]:.2f})"
        each_ms = [1000 * statistics.median(p[side][kind] for p in rounds) / count[kind]
                   for side in (0, 1)]  # fmt: skip
        print(f"{kind:8}{count[kind]:6}   {shown:22}{each_ms[0]:8.2f}{each_ms[1]:11.2f}")
    return statistics.median(we["all"] / they["all"] for we, they in rounds)


def files(made: list[Made], paths: int) -> None:
    """Print how many mails a second the command reads when it is given this many paths."""
    command = Path(sys.executable).with_name("ticket-gateway")
    with tempfile.TemporaryDirectory() as folder:
        named = [Path(folder, f"{each.number}.eml") for each in made]
        for each, path in zip(made, named, strict=True):
            path.write_bytes(each.raw)
        listed = "".join(f"{named[number % len(named)]}\n" for number in range(paths))
        begun = time.perf_counter()
        done = subprocess.run([command, "parse", "--json", "--from", "-"], input=listed.encode(),
                              stdout=subprocess.PIPE, check=True)  # fmt: skip
        took = time.perf_counter() - begun
    assert done.stdout.count(b"\n") == paths
    print(f"parse --json --from -: {paths} paths in {took:.1f} s, {paths / took:.0f} mails/s, "
          "start of the program included")  # fmt: skip


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--mails", type=int, default=400)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--paths", type=int, default=3000)
    asked = options.parse_args()
    made = list(generate(asked.mails, SEED))
    size = sum(len(each.raw) for each in made) // len(made)
    print(f"ours : yardstick, median of {asked.rounds} rounds over {len(made)} mails of "
          f"{size:,} bytes on average; Python {sys.version.split()[0]}")  # fmt: skip
    ratio = tell(made, measure(made, asked.rounds))
    if asked.paths:
        files(made, asked.paths)
    if ratio > BAR:
        sys.exit(f"reading costs {ratio:.2f} of the yardstick, and at most {BAR} is promised")


if __name__ == "__main__":
    main()
