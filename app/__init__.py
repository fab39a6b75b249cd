"""Backscope's server, command and Python client."""

import os

__version__ = "0.1.0"

# Read when numpy is imported, which no room of the app does before this, whichever way the server is started. Requests
# already run on all cores, and a second thread inside a product of small matrices only gets in their way: on busy cores
# each waits for the other, and training takes twenty times as long.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
