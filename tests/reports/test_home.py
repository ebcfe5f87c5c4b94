"""Reports are rendered without a home, too."""

from __future__ import annotations

import os
import subprocess
import sys

CODE = """
import reports.svg, matplotlib, logging
print(matplotlib.get_configdir())
logging.getLogger("matplotlib").warning("something else")
"""


def test_a_home_that_cannot_be_written_to_is_nobody_s_concern() -> None:
    """Even root cannot make a folder in /dev/null; another warning of the same library still reaches the screen."""
    homeless = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "MPL"))}
    environment = {**homeless, "HOME": "/dev/null", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, env=environment, check=True, timeout=300
    )
    assert done.stderr == "something else\n"
    assert not done.stdout.startswith("/dev/null")
