"""`python -m app` is the `backscope` command."""

import sys

from app.cli import main

sys.exit(main())
