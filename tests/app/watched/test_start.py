"""What importing the package costs whoever does not watch."""

from __future__ import annotations

import subprocess
import sys


def test_to_import_the_package_imports_no_torch() -> None:
    code = "import sys, backscope; sys.exit('torch' in sys.modules or 'engine' in sys.modules or 'app' in sys.modules)"
    path = "import sys; sys.path.insert(0, 'app/python'); "
    assert subprocess.run([sys.executable, "-c", path + code]).returncode == 0
