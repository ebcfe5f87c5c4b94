"""Shared fixtures; makes sure that the tests see the packages that they are meant to see."""

from __future__ import annotations

import os
import re
import sys
from functools import cache
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
from command_line import Called, Cli

import audit
from reports import svg

ROOT = Path(__file__).parents[1]
TRAINING = re.compile(
    r"^\s*(?:from|import) (?:torch|audit\.(?:training|pipeline|one_run|verification))\b|\baudit\.run\(", re.MULTILINE
)
"""What a file says that trains models, or that calls what does."""

DRAWN = svg._drawn


def pytest_report_header() -> str:
    return f"packages under test: {Path(audit.__file__).parent}"


def pytest_configure() -> None:
    site = os.environ.get("AUDIT_TEST_SITE")
    if site and not Path(audit.__file__).is_relative_to((ROOT / site).resolve()):
        raise pytest.UsageError(f"the tests should see the wheel in {site}, but see {audit.__file__}")


@cache
def helpers_that_train() -> re.Pattern[str]:
    """The names of the models, tasks and sources in `tests/` that are made of tensors, as words."""
    names = [path.stem for path in (ROOT / "tests").glob("*.py") if TRAINING.search(path.read_text(encoding="utf-8"))]
    return re.compile(rf"\b(?:{'|'.join(names)})\b")


@cache
def trains(path: Path) -> bool:
    """Whether a test file has figures that depend on how the CPU rounds, because models are trained for them."""
    content = path.read_text(encoding="utf-8")
    return bool(TRAINING.search(content) or helpers_that_train().search(content))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if trains(item.path) or item.get_closest_marker("slow"):
            item.add_marker("trains")


def placeholder(name: str, spoken: str, draw: object, size: object) -> str:
    """A figure for tests of what stands around it: drawing takes most of a report's time."""
    return f'<svg viewBox="0 0 1 1" role="img" aria-label={quoteattr(spoken)}></svg>'


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Tests whose figures are drawn say so; settled before the fixtures, which may write a report."""
    svg._drawn = DRAWN if item.get_closest_marker("draws") else placeholder


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real data sets that are not part of the project."""
    folder = Path(os.environ.get("AUDIT_REAL_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder} (set AUDIT_REAL_DATA)")
    return folder


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Call the command line in this process: exit code, stdout, stderr."""
    from audit.cli import main

    def call(*words: object) -> Called:
        monkeypatch.setattr(sys, "argv", ["audit", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return call
