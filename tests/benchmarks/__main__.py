"""`python -m tests.benchmarks NAME`: one module here is one benchmark, its `main` runs it."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path


def names() -> list[str]:
    return sorted(path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_"))


def main() -> None:
    wanted = [word for word in sys.argv[1:] if not word.startswith("--")]  # options are for the benchmark itself
    if not wanted or not set(wanted) <= set(names()):
        raise SystemExit(f"usage: python -m tests.benchmarks {{{','.join(names())}}} ...")
    for name in wanted:
        import_module(f"tests.benchmarks.{name}").main()


if __name__ == "__main__":  # processes that a benchmark starts import this again
    main()
