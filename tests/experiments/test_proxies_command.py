"""`audit experiment proxies` on a small planted world: with a pool, without one, resumed, and refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from command_line import Cli

from attacks import ATTACKS
from audit.experiments.base import Base, base_in
from audit.experiments.proxies import flow
from audit.experiments.proxies.targets import exposure_of, memorization_of
from audit.exposure import exposure_of as exposure_scores
from audit.folder import RunFolder
from audit.halves import halves
from audit.headline import attacked
from audit.memorization import memorization_values
from audit.progress import Silent
from audit.split import Split
from reports.experiments.proxies import Proxies
from reports.serialization import experiment_from_json

MODELS = 24
ALONE = ("experiment", "proxies", "--models", 0, "--data", "tiny_sources:planted", "--workers", 1)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished audit of 400 records, 20 of them with random labels."""
    from audit.pipeline import run
    from audit.settings import resolve

    folder = tmp_path_factory.mktemp("runs") / "planted"
    analysis = {"headline": "lira-online", "attacks": ["lira-online", "loss"]}
    asked = {"data": {"source": "tiny_sources:planted"}, "model": "mlp", "pool": {"models": MODELS}, "workers": 1}
    run(resolve({**asked, "analysis": analysis}), folder)
    return folder


@pytest.fixture(scope="module")
def base(done: Path) -> Base:
    return base_in(done)


@pytest.fixture(scope="module")
def block(base: Base) -> Proxies:
    return flow.experiment(base, "standard", 3, 1.0, Silent(), 0.0)


def test_the_planted_records_are_found(base: Base, block: Proxies) -> None:
    """Random labels are memorized: the pool says so, and one run finds them. By chance a top of 20 holds one."""
    assert block.verdict == "may stand in"
    assert block.memorized >= 10
    assert block.recall is not None
    assert block.recall.value > 0.8
    assert block.recall.low < block.recall.value  # three runs that agree are no certainty
    assert (block.runs, block.records, block.models, block.looks) == (3, 400, MODELS, 25)
    assert block.density is not None
    assert sum(map(sum, block.density.counts)) == 400


def test_every_proxy_is_rated_against_both_figures(block: Proxies) -> None:
    pairs = {(rating.proxy, rating.target) for rating in block.ratings}
    assert pairs == {(kind.name, target) for kind in block.kinds for target in ("memorization", "exposure")}
    for rating in block.ratings:
        assert [(at.top, at.records) for at in rating.at_top] == [(0.01, 4), (0.05, 20)]
        for found in (rating.spearman, rating.all_runs, *(at.precision for at in rating.at_top)):
            assert found is None or found.low <= found.value <= found.high


def test_the_table_holds_every_record(done: Path, base: Base, block: Proxies) -> None:
    table = pl.read_parquet(done / block.table)
    assert table["id"].to_list() == base.dataset.ids.tolist()
    assert {f"{kind.name.replace('-', '_')}" for kind in block.kinds} <= set(table.columns)
    assert (table["final_loss_lowest"] <= table["final_loss"]).all()
    assert (table["final_loss"] <= table["final_loss_highest"]).all()
    first = table.sort("cumulative_loss", descending=True).head(20)
    assert (first["group_planted"] == "yes").sum() >= 14


def test_targets_are_the_pool_s_figures_its_halves_and_without_groups(base: Base) -> None:
    pool = base.pools["standard"]
    evidence, analysis = pool.evidence_on(base.dataset), base.config.analysis
    split = Split(evidence)
    memory, exposed = memorization_of(split), exposure_of(split, analysis)
    assert exposed is not None
    np.testing.assert_array_equal(memory.values[0], memorization_values(evidence).value)
    scores = exposure_scores(attacked(ATTACKS[analysis.headline], evidence), analysis.exposure_fpr, 0.95)
    assert scores is not None
    np.testing.assert_array_equal(exposed.values[0], scores.value)
    for row, models in enumerate(halves(evidence.pair), start=1):
        np.testing.assert_array_equal(memory.values[row], memorization_values(evidence.take(models)).value)
    label = split.label
    assert (label[0::2] == label[1::2]).all()  # whole pairs
    assert np.bincount(label).tolist() == (4 * memory.sizes).tolist()  # as many pairs of either half
    for group in range(len(memory.sizes)):
        kept = np.flatnonzero(label != group)
        np.testing.assert_allclose(memory.without[group, 0], memorization_values(evidence.take(kept)).value)
        for row, models in enumerate(halves(evidence.pair), start=1):
            mine = np.intersect1d(models, kept)
            np.testing.assert_allclose(memory.without[group, row], memorization_values(evidence.take(mine)).value)
    assert memory.scored.all()
    assert exposed.without.shape == memory.without.shape


def test_the_command_resumes_and_ends_in_the_report(cli: Cli, done: Path, block: Proxies) -> None:
    shards = sorted((done / "experiments" / "proxies").rglob("*.safetensors"))
    before = {shard: shard.stat().st_mtime_ns for shard in shards}
    code, out, err = cli("experiment", "proxies", "--run", done, "--runs", 3, "--json", done.parent / "said.json")
    assert code == 0
    assert "all of its 3 models are on disk: nothing is left to train" in err
    assert {shard: shard.stat().st_mtime_ns for shard in shards} == before
    assert "may stand in" in out
    assert "noise taken out" in " ".join(out.split())
    again = RunFolder(done).result().experiments.proxies
    assert again is not None
    assert again.ratings == block.ratings
    assert 'id="experiment-proxies"' in (done / "report.html").read_text()
    said = json.loads((done.parent / "said.json").read_text())
    assert said["experiments"]["proxies"]["best"] == block.best
    assert again.command == f"audit experiment proxies --run {done.name} --runs 3"


def test_more_runs_keep_the_ones_that_there_are(base: Base, block: Proxies) -> None:
    training = flow.prepared(base, "standard", 5, 1.0)
    assert training.missing == {"standard-every-1": [3, 4]}
    assert "2 of 5 models to train" in training.lines()[0]
    assert flow.prepared(base, "standard", 3, 5.0).missing == {"standard-every-5": [0, 1, 2]}


def test_an_attack_that_cannot_score_leaves_memorization(base: Base) -> None:
    pool, analysis = base.pools["standard"], base.config.analysis
    rng = np.random.default_rng(0)
    scores = {"final-loss": rng.normal(size=(3, 400)), "margin": rng.normal(size=(3, 400))}
    few = replace(pool.take(np.arange(12)), phi=np.zeros((12, 400, 1)))
    held = flow.rated(few, base.dataset, analysis, scores)
    assert {rating.target for rating in held.ratings} >= {"memorization"}
    assert held.verdict in ("not good enough", "undecided")


def test_without_a_pool_a_proxy_is_called_a_proxy(cli: Cli, tmp_path: Path) -> None:
    code, out, err = cli(*ALONE, "--model", "mlp", "--out", tmp_path / "alone", "--runs", 2)
    assert code == 0
    assert "2 of 2 models to train" in err
    assert "PROXY, no pool" in out
    assert "PROXY, no figure of memorization" in out
    assert "--models 64 in" in out
    result = experiment_from_json((tmp_path / "alone" / "experiment.json").read_text())
    block = result.experiments.proxies
    assert block is not None
    assert (block.verdict, block.best, block.models, block.ratings) == ("no pool", "cumulative-loss", 0, ())
    assert len(block.suspicious) == 20
    assert block.command.endswith("--models 0 --seed 0 --runs 2")
    table = pl.read_parquet(tmp_path / "alone" / block.table)
    ranked = table.sort("cumulative_loss", descending=True)["id"].head(20).to_list()
    assert [row.id for row in block.suspicious] == ranked
    planted = dict(zip(table["id"], table["group_planted"], strict=True))
    assert sum(planted[row.id] == "yes" for row in block.suspicious) >= 14
    assert "PROXY" in (tmp_path / "alone" / "report.html").read_text()
    code, out, err = cli(*ALONE, "--model", "mlp", "--out", tmp_path / "alone", "--runs", 2, "--proxy", "lt-iqr")
    assert code == 0
    assert "nothing is left to train" in err
    assert "loss-trace iqr" in out.lower()


def test_one_run_alone_has_no_spread(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "one"
    code, out, _ = cli(*ALONE, "--model", "linear", "--out", folder, "--runs", 1, "--epochs-between", 5, "--json", "-")
    assert code == 0
    held = experiment_from_json(out).experiments.proxies
    assert held is not None
    assert held.looks <= 6
    assert all(row.lowest == row.value == row.highest for row in held.suspicious)
    assert all(kind.reliability is None for kind in held.kinds)


def test_mistakes_are_named_together_before_anything_is_trained(cli: Cli, tmp_path: Path) -> None:
    asked = ("--runs", 1, "--models", 8, "--arm", "dp-eps-1", "--epochs-between", 0, "--proxy", "loss")
    code, _, err = cli("experiment", "proxies", "--out", tmp_path / "none", *asked)
    assert code == 2
    for said in ("--runs 1", "--models 8", "--arm dp-eps-1", "--epochs-between 0", "--proxy loss"):
        assert said in err
    assert not (tmp_path / "none").exists()


def test_an_unknown_proxy_and_a_pool_that_is_not_wanted_are_refused(cli: Cli, done: Path, tmp_path: Path) -> None:
    code, _, err = cli(*ALONE, "--proxy", "final-los", "--out", tmp_path / "none")
    assert code == 2
    assert "did you mean 'final-loss'" in err
    code, _, err = cli("experiment", "proxies", "--models", 0, "--run", done)
    assert code == 2
    assert "--models 0 asks for no pool" in err
