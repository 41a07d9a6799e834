"""The same promise under Atheris, which sees the branches that bytes take. `reading.py` runs it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))


def main() -> None:
    import atheris  # not on every platform; and the suite imports this file to look for doctests

    with atheris.instrument_imports(include=["gateway"]):
        from support.hostile import golden_mails, must_hold

    def each(raw: bytes) -> None:
        must_hold(raw)

    corpus = Path(sys.argv[1])
    for number, raw in enumerate(golden_mails()):
        (corpus / f"{number}.eml").write_bytes(raw)
    atheris.Setup(sys.argv, each)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
