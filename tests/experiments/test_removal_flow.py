"""The whole command on models that are really trained: what it writes, that it resumes, and what it promises."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from audit.cli import app
from audit.console import ConsoleProgress
from audit.experiments.base import Base, base_in
from audit.experiments.removal.asked import asked
from audit.experiments.removal.flow import removal
from audit.experiments.removal.pools import Course, retrained
from audit.experiments.removal.sets import crossed
from audit.pool import OF_RECORDS
from audit.progress import Silent
from audit.training.base import Signals

WORDS = ["--share", "5,10", "--repeats", "1", "--layers", "2", "--layer-share", "5"]


class Heard(Silent):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def plan(self, lines: list[str]) -> None:
        self.lines += lines


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A small audit of records of which some are mislabelled, and the experiment on it."""
    folder = tmp_path_factory.mktemp("removal") / "run"
    config = folder.parent / "small.yaml"
    recipe = "{epochs: 12, batch_size: 32, learning_rate: 0.1}"
    config.write_text(
        f"data: {{source: 'tiny_sources:planted'}}\nmodel: mlp\npool: {{models: 16}}\nstandard: {recipe}\n"
        "analysis: {headline: lira-online, attacks: [lira-online], fprs: [0.1, 0.05], exposure_fpr: 0.05}\n"
        "stack: 16\nworkers: 1\n"
    )
    found = CliRunner().invoke(
        app, ["experiment", "removal", "--config", str(config), "--out", str(folder), *WORDS], catch_exceptions=False
    )
    assert found.exit_code == 0
    return folder, found.stdout


def block_in(folder: Path) -> dict[str, object]:
    return json.loads((folder / "experiments" / "removal.json").read_text())


def test_the_answer_stands_on_the_terminal_and_in_the_report(run) -> None:
    folder, said = run
    first = block_in(folder)["answer"][0]
    assert first.split()[0] in said
    assert f"{folder}/report.html#experiment-removal" in said.splitlines()
    page = (folder / "report.html").read_text()
    assert 'id="experiment-removal"' in page
    assert json.loads((folder / "result.json").read_text())["experiments"]["removal"]["answer"][0] == first


def test_once_more_trains_nothing_and_finds_the_same(run) -> None:
    folder, _ = run
    before, heard = block_in(folder), Heard()
    again = removal(base_in(folder), asked("memorization", "5,10", 1, 2, 5.0, "standard"), heard)
    attacks, *training = heard.lines
    assert "pools to attack after training, about " in attacks
    assert training
    assert all("nothing is left to train" in line for line in training)
    held = json.loads(again.model_dump_json())
    for one in (before, held):
        del one["seconds"]
    assert held == before


def test_more_shares_reuse_what_is_there(run) -> None:
    """The cost is said before, and only what is new is trained: one top set and one draw, 32 of 96 models."""
    folder, _ = run
    heard = Heard()
    more = removal(base_in(folder), asked("memorization", "5,10,20", 1, 0, 5.0, "standard"), heard)
    assert heard.lines[1].startswith("removal: 32 of 96 models to train, about ")
    assert [share.records for share in more.shares] == [20, 40, 80]
    assert not more.layers
    first = block_in(folder)["shares"][0]
    assert json.loads(more.shares[0].model_dump_json())["accuracy"] == first["accuracy"]


def test_mislabelled_records_are_removed_and_what_is_left_leaks_less(run) -> None:
    """5 % of the records have random labels: they are what is memorized, and no test record needs them."""
    folder, _ = run
    block = base_in(folder).result.experiments.removal
    assert block is not None
    planted = next(one for one in block.shares[0].by_group if (one.column, one.group) == ("planted", "no"))
    assert planted.removed is not None
    assert planted.removed < 12  # of 20
    rows = {one.name: one for one in block.leaks}
    assert rows["top 10 %"].auc.value < rows["nothing removed"].auc.value
    assert block.shares[-1].accuracy.beyond.high > -0.02


def test_nothing_but_records_differs_from_the_audit(run) -> None:
    """Models from which nothing is removed are the audit's own, bit by bit."""
    base = base_in(run[0])
    course, nobody = Course(base, "standard", Silent()), np.zeros((16, 400), bool)
    course.train([nobody])
    found, own = course.pools(nobody)[0], base.pools["standard"]
    for name in (*OF_RECORDS, "test_phi", "test_correct"):
        held = getattr(own, name)
        assert held is None or np.array_equal(getattr(found, name), held), name


def test_removed_records_are_out_of_the_models_and_canaries_are_no_part_of_it() -> None:
    from removed_worlds import singletons

    pool = singletons().base(16, 0)
    gone = crossed(pool.pair, (np.arange(80) < 4, np.arange(80) < 8))
    phi = np.random.default_rng(0).normal(size=(16, 83, 1))  # three canaries, last
    absent = np.full(16, np.nan)
    signals = Signals(phi, phi[..., 0] > 0, pool.test_phi, pool.test_correct, absent, np.ones(16))
    found = retrained(pool, signals, gone)
    assert found.membership.shape == (16, 80)
    assert not found.membership[gone].any()
    assert np.array_equal(found.membership[~gone], pool.membership[~gone])
    assert np.array_equal(found.pair, pool.pair)
    assert np.array_equal(found.phi, phi[:, :80])


def test_the_console_takes_its_lines(run, capsys) -> None:
    from audit.cli_options import stderr

    base: Base = base_in(run[0])
    Course(base, "standard", ConsoleProgress(stderr())).train([np.zeros((16, 400), bool)])
    assert "nothing is left to train" in capsys.readouterr().err


def test_the_command_that_repeats_it_names_a_folder_with_spaces_as_one_word() -> None:
    from audit.experiments.removal.flow import command_of
    from audit.folder import RunFolder

    base = Base(RunFolder(Path("my runs/of today")), None, {}, None)  # type: ignore[arg-type]
    words = shlex.split(command_of(base, asked("memorization", "5,10", 1, 2, 5.0, "standard")))
    assert words[:5] == ["audit", "experiment", "removal", "--run", "my runs/of today"]
    assert words[words.index("--share") + 1] == "5,10"
