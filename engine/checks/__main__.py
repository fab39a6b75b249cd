"""`python -m engine.checks` prints the table of all gradients beside their differences."""

from __future__ import annotations

from engine.checks.table import main

raise SystemExit(main())
