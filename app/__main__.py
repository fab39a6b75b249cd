"""`python -m app` and `backscope`: the command, and what has to be settled before the rest of it is imported."""

from __future__ import annotations

import signal
import sys


def main() -> int:
    """Run the command; gives the exit code. Until the server listens to Ctrl-C, that ends all at once and silently."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from app import cli

    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
