"""What the commands leave on the screen: one screen, everything with --full, nothing with --quiet; whole paths."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from command_line import Cli

from reports.ending import HEIGHT

SMALL = (
    "data: {source: 'tiny_sources:easy'}\nmodel: linear\npool: {models: 12}\nstandard: {epochs: 2}\nworkers: 1\n"
    "dp: {epsilons: [8.0], recipe: {epochs: 2}}\n"
    "analysis: {headline: lira-online, attacks: [lira-online], fprs: [0.1, 0.05], exposure_fpr: 0.05}\n"
)


def called(words: list[str], **environment: str) -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own, with other variables of the environment."""
    code = f"import sys; sys.path[:0] = {sys.path!r}; sys.argv = {['audit', *words]!r}"
    code += "\nfrom audit.cli import main\nmain()"
    whole = {**os.environ, **environment}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=whole)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """A finished audit in a folder with a long name, and what its command printed."""
    place = tmp_path_factory.mktemp("runs") / ("projects and audits of many words " * 4).strip()
    place.mkdir()
    config, run = place / "small.yaml", place / "run"
    config.write_text(SMALL)
    words = ["run", "--config", str(config), "--out", str(run)]
    code = (
        f"import sys; sys.path[:0] = {sys.path!r}; sys.argv = ['audit', *{words!r}]\nfrom audit.cli import main\nmain()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, "COLUMNS": "80"}
    )
    return run, done.stdout, done.stderr


def test_a_run_ends_with_one_screen_after_a_few_plain_lines(made: tuple[Path, str, str]) -> None:
    run, out, err = made
    lines = out.splitlines()
    assert len(lines) <= HEIGHT + 3  # a path and two commands that are longer than a line stand below their titles
    assert max(len(line) for line in lines if str(run) not in line) <= 80
    assert f"{run}/report.html" in lines
    assert f"audit report {shlex.quote(str(run))} --full" in lines
    assert len(err.splitlines()) < 25
    assert "\r" not in err


def test_a_report_is_the_same_screen_and_full_is_everything(
    made: tuple[Path, str, str], cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run, out, _ = made
    monkeypatch.setenv("COLUMNS", "80")
    assert cli("report", run)[1] == out
    code, full, _ = cli("report", run, "--full")
    assert code == 0
    assert "Findings" in full
    assert "Findings" not in out
    assert "How this was tested" in full
    assert len(full.splitlines()) > 2 * HEIGHT
    for words, text in (((), out), (("--full",), full)):
        assert cli("report", run, "-o", tmp_path / "file.txt", *words)[0] == 0
        written = (tmp_path / "file.txt").read_text()
        assert written.splitlines()[:20] == text.splitlines()[:20]


@pytest.mark.parametrize("columns", [20, 80, 200])
def test_paths_are_whole_in_what_every_command_prints(
    made: tuple[Path, str, str], cli: Cli, columns: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run, _, _ = made
    absent = run.parent / "no such folder"
    policy = run.parent / "my policy.yaml"
    policy.write_text("arms: [standard]\ntest_accuracy_at_least: 0.01\n")
    monkeypatch.setenv("COLUMNS", str(columns))
    for words, whole in (
        (("report", run), f"{run}/report.html"),
        (("report", run), f"audit report {shlex.quote(str(run))} --full"),
        (("report", run, "--full"), f"{run}/report.html"),
        (
            ("report", run, "-o", run.parent / "card of mine.md", "--format", "markdown"),
            f"{run.parent}/card of mine.md",
        ),
        (("verify", run), str(run)),
        (("records", run, "--csv", run.parent / "my records.csv"), f"{run.parent}/my records.csv"),
        (("report", absent), str(absent)),
        (("check", absent, "--policy", policy), str(absent)),
        (("extend", run, "--models", 4), str(run)),
        (("run", "--data", absent / "x.npz"), f"{absent}/x.npz"),
        (("score", absent / "x.npz"), f"{absent}/x.npz"),
        (("experiment", "longtail", "--run", absent), str(absent)),
    ):
        _, out, err = cli(*words)
        assert any(whole in line for line in (out + err).splitlines()), (words, out, err)


def test_quiet_leaves_the_screen_alone(made: tuple[Path, str, str], cli: Cli, tmp_path: Path) -> None:
    run, _, _ = made
    arrays = tmp_path / "x.npz"
    np.savez(arrays, membership=np.arange(60) % 2, losses=np.linspace(0.1, 3, 60))
    (tmp_path / "p.yaml").write_text("arms: [standard]\ntest_accuracy_at_least: 0.01\n")
    score = ("score", arrays, "--attack", "loss", "--out", tmp_path / "scored")
    for words in (
        ("run", "--config", run.parent / "small.yaml", "--out", run),
        score,
        ("verify", run),
        ("report", run, "-o", tmp_path / "report.txt"),
        ("check", run, "--policy", tmp_path / "p.yaml"),
        ("export", run, "--arm", "standard", "--out", tmp_path / "pool.npz"),
    ):
        assert cli(*words, "--quiet") == (0, "", ""), words
    code, out, err = cli(*score, "--quiet", "--json", "-")
    assert (code, err) == (0, "")
    assert json.loads(out)["arms"]


def test_quiet_still_tells_of_errors(cli: Cli, tmp_path: Path) -> None:
    code, out, err = cli("run", "--data", tmp_path / "absent.npz", "--quiet")
    assert (code, out) == (2, "")
    assert str(tmp_path / "absent.npz") in err
    assert "what to do:" in err


@pytest.mark.parametrize(
    "words",
    [
        ("run",), ("extend",), ("score",), ("one-run",), ("verify-dp",), ("report",), ("check",), ("verify",),
        *(("experiment", name) for name in ("removal", "longtail", "irrelevant", "secrets", "proxies", "agreement")),
    ],
)  # fmt: skip
def test_every_command_that_works_or_reports_can_be_quiet(cli: Cli, words: tuple[str, ...]) -> None:
    assert "--quiet" in cli(*words, "--help")[1]


@pytest.mark.parametrize(
    "words",
    [("report",), ("one-run",), ("verify-dp",), ("experiment", "removal"), ("experiment", "secrets")],
)
def test_what_prints_one_screen_can_print_everything(cli: Cli, words: tuple[str, ...]) -> None:
    assert "--full" in cli(*words, "--help")[1]


@pytest.mark.parametrize("words", [[], ["--full"]])
def test_an_ascii_locale_gets_a_report(made: tuple[Path, str, str], words: list[str]) -> None:
    said = called(["report", str(made[0]), *words], PYTHONIOENCODING="ascii", LC_ALL="C", PYTHONUTF8="0").stdout
    assert said.isascii()
    assert b"Verdict" in said


@pytest.mark.draws
def test_an_ascii_locale_gets_files_in_utf_8(made: tuple[Path, str, str], cli: Cli) -> None:
    words = ["report", str(made[0]), "--format", "html"]
    there = called(words, PYTHONIOENCODING="ascii", LC_ALL="C", PYTHONUTF8="0").stdout.decode("utf-8")
    assert there.rstrip() == cli(*words)[1].rstrip()
