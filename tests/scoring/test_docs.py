"""docs/score.md: its fields are those of the code, its examples run, its commands are taken."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from audit.cli import app
from audit.folder import RunFolder
from audit.scoring.fields import FIELDS

DOCS = Path(__file__).parents[2] / "docs" / "score.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)


def test_every_field_is_explained() -> None:
    named = set(re.findall(r"`([a-z_]+)`", DOCS.read_text(encoding="utf-8")))
    assert set(FIELDS) <= named


@pytest.mark.parametrize("line", [line for block in blocks("sh") for line in block.splitlines() if line])
def test_every_command_is_taken(line: str) -> None:
    words = shlex.split(line.split(" #")[0])
    assert words[0] == "audit"
    called = CliRunner().invoke(app, [*words[1:], "--help"])
    assert called.exit_code == 0, called.output


@pytest.mark.slow
def test_the_examples_run_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Training in scikit-learn, arrays of another framework, and a call from Python, each followed by its command."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    for number, example in enumerate(blocks("python")):
        (tmp_path / f"example{number}.py").write_text(example)
    audit = ("-c", "from audit.cli import main; main()")
    for call in (
        ("example0.py",),
        (*audit, "score", "models.npz", "--attack", "base", "--attack", "gap", "--attack", "population"),
        ("example1.py",),
        (*audit, "score", "one.npz", "--headline", "loss", "--attack", "gap"),
        ("example2.py",),
    ):
        words = [sys.executable, *call]
        ended = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stderr[-1500:]
    pool = RunFolder(tmp_path / "runs" / "scored-models").result().arms[0]
    assert pool.memorization is not None
    assert pool.utility is not None
    assert pool.utility.test_accuracy is not None
    assert pool.utility.test_accuracy.value > 0.9
    assert all(attack.auc for attack in pool.attacks)
    assert RunFolder(tmp_path / "scored").result().headline == "loss"
