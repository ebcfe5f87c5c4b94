"""`audit experiment longtail` on real runs: what it refuses, what it writes, and that it trains nothing itself."""

from __future__ import annotations

import shlex
from functools import partial
from pathlib import Path

import polars as pl
import pytest
from command_line import Cli

from audit.experiments.base import base_in
from audit.experiments.longtail.flow import longtail
from reports.serialization import from_json

TRAINED = ("--data", "tail_worlds:rare", "--model", "linear", "--models", 4, "--dp-eps", 8, "--workers", 1)


@pytest.fixture
def cli(cli: Cli) -> Cli:
    """The command of this experiment."""
    return partial(cli, "experiment", "longtail")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the audit of these tests lies; the first of them trains it."""
    return tmp_path_factory.mktemp("runs") / "done"


@pytest.fixture
def done(cli: Cli, folder: Path) -> Path:
    """A small finished audit with a DP arm and the experiment."""
    if not folder.exists():
        assert cli(*TRAINED, "--subpopulation", "kind", "--out", folder)[0] == 0
    return folder


def shards(run: Path) -> dict[str, int]:
    return {str(path.relative_to(run)): path.stat().st_mtime_ns for path in sorted((run / "arms").rglob("*.*"))}


def test_an_audit_is_trained_where_none_is_and_read_again_where_it_is(cli: Cli, folder: Path) -> None:
    words = (*TRAINED, "--subpopulation", "kind", "--out", folder)
    code, _, err = cli(*words)
    assert code == 0, err
    assert "trains nothing beyond it" in err
    assert "2 arm(s) x 4 models" in err  # what the audit costs is said before it is trained
    trained = shards(folder)
    code, out, err = cli(*words)
    assert code == 0, err
    assert "arm(s)" not in err
    assert "Test error by how often" in out
    assert f"audit report {shlex.quote(str(folder))} --full" in out
    assert f"--run {folder.name} --subpopulation kind" in cli(*words, "--full")[1]
    assert shards(folder) == trained


def test_the_block_lies_in_the_result_and_the_report_once(done: Path) -> None:
    result = from_json((done / "result.json").read_text())
    found = result.experiments.longtail
    assert found is not None
    assert not found.prior_known
    assert (done / "report.html").read_text().count('id="experiment-longtail"') == 1
    again = longtail(base_in(done), "kind", 0.0)
    assert again.model_copy(update={"seconds": found.seconds}) == found


def test_the_result_goes_to_stdout_as_json(cli: Cli, done: Path) -> None:
    code, out, _ = cli("--run", done, "--subpopulation", "kind", "--json", "-")
    assert code == 0
    assert from_json(out).experiments.longtail.column == "kind"


@pytest.mark.parametrize(
    "words", [("--data", "digits"), ("--data", "tail_worlds:rare"), ("--data", "longtail", "--subpopulation", "x")]
)
def test_a_missing_column_is_refused_before_training(cli: Cli, tmp_path: Path, words: tuple[str, ...]) -> None:
    code, out, err = cli(*words, "--out", tmp_path / "it")
    assert (code, out) == (2, "")
    assert "to tell subpopulations by" in err
    assert not (tmp_path / "it").exists()


def test_a_run_without_the_column_is_refused(cli: Cli, done: Path) -> None:
    code, _, err = cli("--run", done)
    assert code == 2
    assert "there are: 'kind'" in " ".join(err.split())


def test_a_run_and_options_of_another_are_refused(cli: Cli, done: Path) -> None:
    code, _, err = cli("--run", done, "--models", 8, "--subpopulation", "kind")
    assert code == 2
    assert "--run names a finished audit" in " ".join(err.split())


def test_the_column_of_a_table_need_not_be_named_twice(cli: Cli, done: Path, tmp_path: Path) -> None:
    """`--subpopulation` alone makes it a column to report by, so that only the foreign folder is in the way."""
    table = pl.DataFrame({"a": range(60), "b": [n % 7 for n in range(60)], "kind": ["k"] * 60, "y": [0, 1] * 30})
    table.write_csv(tmp_path / "table.csv")
    words = ("--data", tmp_path / "table.csv", "--label", "y", "--models", 4, "--out", done)
    code, _, err = cli(*words, "--subpopulation", "nowhere")
    assert code == 2
    assert "nowhere" in err
    code, _, err = cli(*words, "--subpopulation", "kind")
    assert code == 2
    assert "data.source" in err
    assert "to tell subpopulations by" not in err
