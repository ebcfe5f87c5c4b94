"""Installs the project on every Python that it admits, with the lowest versions and with the newest, and tries it.

Each pair gets an environment under `.build/versions`, a small audit with a DP arm, and the quick tests. Where the index
offers PyTorch with CUDA alone, that is gigabytes an environment: `--torch 2.13.0` holds both sets at one release that a
`PIP_FIND_LINKS` or `PIP_EXTRA_INDEX_URL` serves for the CPU.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PYTHONS = ("3.11", "3.12", "3.13")
SETS = ("lowest", "newest")
AUDIT = ("run", "--model", "mlp", "--models", "8", "--epochs", "2", "--dp-eps", "8", "--workers", "1")
# What needs no browser, no fonts and no golden page: those belong to the pinned versions.
QUICK = ("tests/attacks/test_every_attack.py", "tests/audit/test_settings.py", "tests/audit/test_store.py")
QUICK += ("tests/audit/test_stacked_training.py", "tests/bounds", "tests/data_sources", "tests/scoring")

OLD_WARN = ("-p", "no:cacheprovider", "-W", "ignore::DeprecationWarning", "-W", "ignore::FutureWarning")
"""Releases of different years warn each other of what is going to change."""


def lowest(python: str) -> list[str]:
    """Every direct dependency at its floor, as constraints for pip.

    Args:
        python: the version of Python, such as 3.12, which the markers are read for.

    Raises:
        ValueError: if a dependency has no floor.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    held = []
    for line in (*project["dependencies"], *project["optional-dependencies"]["pdf"]):
        wanted = Requirement(line)
        if wanted.marker and not wanted.marker.evaluate({"python_version": python}):
            continue
        floors = [one.version for one in wanted.specifier if one.operator in (">=", "==", "~=")]
        if len(floors) != 1:
            raise ValueError(f"pyproject.toml: {line!r} has no lowest version")
        held.append(f"{wanted.name}=={floors[0]}")
    return held


def interpreter(python: str) -> str | None:
    """The first `pythonX.Y` that runs: on PATH, or of pyenv, whose stand-ins on PATH run one version alone."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    named = [shutil.which(f"python{python}"), *map(str, sorted(pyenv.glob(f"{python}.*/bin/python{python}")))]
    return next((one for one in named if one and _ran([one, "-c", "import ensurepip, venv"], quiet=True)), None)


def tried(python: str, versions: str, torch: str | None, options: list[str]) -> str:
    """What came of one pair: `passed`, or what failed."""
    found = interpreter(python)
    if not found:
        return f"no python{python} here"
    place = ROOT / ".build" / "versions" / f"{python}-{versions}"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    held = lowest(python) if versions == "lowest" else []
    if torch:
        held = [line for line in held if not line.startswith("torch==")] + [f"torch=={torch}"]
    (place / "constraints.txt").write_text("".join(f"{line}\n" for line in held))
    own = str(place / "venv" / "bin" / "python")
    install = (own, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *options)
    audit = (str(place / "venv" / "bin" / "audit"), *AUDIT, "--out", str(place / "run"))
    steps: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("venv", (found, "-m", "venv", str(place / "venv"))),
        ("pip install", (*install, "--constraint", str(place / "constraints.txt"), f"{ROOT}[dev,pdf]")),
        ("audit run", audit),
        ("pytest", (own, "-P", "-m", "pytest", "-q", "-m", "not slow", *OLD_WARN, *QUICK)),
    )
    return next((f"{name} failed" for name, words in steps if not _ran(words)), "passed")


def _ran(words: tuple[str, ...] | list[str], quiet: bool = False) -> bool:
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "AUDIT_TEST_SITE")}
    output = subprocess.DEVNULL if quiet else None
    return subprocess.run(words, cwd=ROOT, env=kept, stdout=output, stderr=output, check=False).returncode == 0


def main() -> int:
    """Try what was asked for, print a line a pair; 1 if one of them failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--python", action="append", choices=PYTHONS, help="may be repeated; all of them by default")
    parser.add_argument("--versions", action="append", choices=SETS, help="may be repeated; both by default")
    parser.add_argument("--torch", help="hold PyTorch at this release")
    asked, options = parser.parse_known_args()
    pairs = [(python, versions) for python in asked.python or PYTHONS for versions in asked.versions or SETS]
    came = {pair: tried(*pair, asked.torch, options) for pair in pairs}
    print("\n".join(f"Python {python}, {versions} versions: {what}" for (python, versions), what in came.items()))
    return int(any(what != "passed" for what in came.values()))


if __name__ == "__main__":
    sys.exit(main())
