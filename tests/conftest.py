"""Shared fixtures; makes sure that the tests see the packages that they are meant to see."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from command_line import Called, Cli

import audit

ROOT = Path(__file__).parents[1]


def pytest_report_header() -> str:
    return f"packages under test: {Path(audit.__file__).parent}"


def pytest_configure() -> None:
    site = os.environ.get("AUDIT_TEST_SITE")
    if site and not Path(audit.__file__).is_relative_to((ROOT / site).resolve()):
        raise pytest.UsageError(f"the tests should see the wheel in {site}, but see {audit.__file__}")


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
