"""Scoring a file: what is found in it, what is said of the rest, and the command line around it."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from command_line import Cli
from oracles import attacks as oracle
from typer.testing import CliRunner
from worlds import gaussian_world, planted_world

from attacks import ATTACKS, Evidence, evaluate
from audit.cli import app
from audit.comparison import compared
from audit.errors import ConfigError
from audit.folder import RunFolder
from audit.policy import Policy, check
from audit.scoring import score
from audit.scoring.reading import read
from reports.formats import FORMATS, Extras
from reports.result import ArmResult, AttackResult, AuditResult

QUICK = ("gap", "loss", "base")


def saved(path: Path, world: Evidence, **more: object) -> Path:
    """The signals of a simulated pool of two classes, as a file."""
    np.savez(path, membership=world.membership, phi=world.phi, correct=world.correct, **more)  # type: ignore[arg-type]
    return path


def attack(arm: ArmResult, name: str) -> AttackResult:
    return next(one for one in arm.attacks if one.name == name)


def auc(arm: ArmResult, name: str) -> tuple[float, float, float]:
    found = attack(arm, name).auc
    assert found is not None, attack(arm, name).failed
    return found.value, found.low, found.high


def test_a_pool_is_read_as_audit_run_reads_one(tmp_path: Path) -> None:
    world = planted_world(16, 300, 30, 6.0, 0)
    result = score(saved(tmp_path / "x.npz", world), tmp_path / "out", QUICK, groups=())
    arm = result.arms[0]
    for name in QUICK:
        known = evaluate(ATTACKS[name], world).auc
        assert auc(arm, name) == pytest.approx((known.value, known.low, known.high), rel=1e-9)
    assert arm.memorization is not None
    assert arm.memorization.discovered == 30
    assert {int(row.id) for row in arm.most_memorized} <= set(range(30))
    assert arm.links[0].spearman is not None
    assert arm.influence is None
    assert "memorizes 30 of 300 records" in result.verdict[0]
    assert "complements of each other" in " ".join(result.data.notes)


def test_one_model_gets_the_attacks_without_references(tmp_path: Path) -> None:
    world = gaussian_world(4, 400, 2.0, 0, difficulty=0.0).take(np.arange(1))
    arm = score(saved(tmp_path / "x.npz", world), tmp_path / "out").arms[0]
    value, low, _ = auc(arm, "loss")
    inside = world.membership[0]
    assert value == pytest.approx(oracle.auc(world.phi[0, inside, 0], world.phi[0, ~inside, 0]))
    assert low > 0.8
    for one in ATTACKS.values():
        if one.references:
            assert attack(arm, one.name).failed == "no reference models"
    assert (arm.memorization, arm.influence, arm.epsilon, arm.links) == (None, None, None, ())
    found = attack(arm, "loss").auc
    assert found is not None
    assert found.method.endswith("ranges over records, for this one model")


def test_models_that_are_not_targets_are_references(tmp_path: Path) -> None:
    world = gaussian_world(16, 400, 2.0, 0)
    file = saved(tmp_path / "x.npz", world, targets=np.arange(16) == 5)
    arm = score(file, tmp_path / "out", QUICK).arms[0]
    scores, inside = ATTACKS["base"].scores(world)[5], world.membership[5]
    assert auc(arm, "base")[0] == pytest.approx(oracle.auc(scores[inside], scores[~inside]))
    assert auc(arm, "base")[0] > auc(arm, "loss")[0] + 0.1
    assert arm.models == 1
    assert "15 reference models" in arm.description


def test_where_nothing_is_remembered_little_is_found(tmp_path: Path) -> None:
    # 60 files of one target and 7 references that never saw the data. At the nominal 95 %, more than 10 intervals
    # beside the truth have probability 3e-4.
    missed = 0
    for seed in range(60):
        file = saved(tmp_path / "x.npz", gaussian_world(8, 60, 0.0, seed), targets=np.arange(8) == 0)
        scored = read(str(file))
        from attacks.given_models import evaluate_given

        found = evaluate_given(ATTACKS["base"], scored.evidence, scored.targets).auc
        missed += not found.low <= 0.5 <= found.high
    assert missed <= 10


def test_a_pool_of_losses_has_attacks_but_no_memorization(tmp_path: Path) -> None:
    world = planted_world(16, 300, 30, 6.0, 0)
    np.savez(tmp_path / "x.npz", membership=world.membership, losses=np.logaddexp(0, -world.phi))
    result = score(tmp_path / "x.npz", tmp_path / "out", QUICK)
    assert auc(result.arms[0], "base")[0] == pytest.approx(evaluate(ATTACKS["base"], world).auc.value, rel=1e-9)
    assert "whether the models are right" in str(attack(result.arms[0], "gap").failed)
    assert result.arms[0].memorization is None
    assert any("`correct`" in warning for warning in result.warnings)


def test_accuracy_and_influence_come_with_a_labelled_population(tmp_path: Path) -> None:
    world, rng = planted_world(16, 300, 30, 6.0, 0), np.random.default_rng(0)
    right = rng.random((16, 50)) < 0.7
    population = {"population": np.where(right, 1.0, -1.0), "population_correct": right}
    labels = {"labels": np.arange(300) % 2, "population_labels": np.arange(50) % 2}
    arm = score(saved(tmp_path / "x.npz", world, **population, **labels), tmp_path / "out", QUICK).arms[0]
    assert arm.utility is not None
    assert arm.utility.test_accuracy is not None
    assert arm.utility.test_accuracy.value == pytest.approx(right.mean())
    assert arm.influence is not None
    bare = score(saved(tmp_path / "x.npz", world, **population), tmp_path / "out", QUICK).arms[0]
    assert bare.utility is not None
    assert bare.utility.test_accuracy == arm.utility.test_accuracy
    assert bare.utility.by_group == ()
    assert bare.influence is None


def test_accuracies_of_one_model_range_over_records(tmp_path: Path) -> None:
    world = gaussian_world(4, 200, 2.0, 0, difficulty=0.0).take(np.arange(1))
    utility = score(saved(tmp_path / "x.npz", world), tmp_path / "out", ("loss",)).arms[0].utility
    assert utility is not None
    assert world.correct is not None
    inside, right = world.membership[0], world.correct[0]
    assert utility.in_accuracy.value == pytest.approx(right[inside].mean())
    assert utility.out_accuracy.value == pytest.approx(right[~inside].mean())
    assert utility.in_accuracy.n == inside.sum()
    assert utility.in_accuracy.low < utility.in_accuracy.value < utility.in_accuracy.high


def test_outputs_that_were_rounded_are_warned_of(tmp_path: Path) -> None:
    p = np.round(np.random.default_rng(0).beta(0.2, 0.2, 60), 2)
    file = tmp_path / "x.npz"
    np.savez(file, membership=np.arange(60) % 2, probabilities=np.stack([p, 1 - p], axis=1), labels=np.zeros(60, int))
    certain = int(((p == 0) | (p == 1)).sum())
    assert certain > 5
    assert any(f"{certain} outputs are exactly 0 or 1" in w for w in score(file, tmp_path / "o", ("loss",)).warnings)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, AuditResult]:
    folder = tmp_path_factory.mktemp("scored")
    pool = gaussian_world(16, 300, 2.0, 0)
    one = saved(folder / "one.npz", pool.take(np.arange(1)))
    whole = saved(folder / "whole.npz", pool)
    planted = saved(folder / "planted.npz", planted_world(32, 300, 30, 6.0, 0))  # enough models to name records
    files = {"one": one, "whole": whole, "planted": planted}
    return {name: score(file, folder / f"of {name}", QUICK) for name, file in files.items()}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("which", ["one", "whole"])
def test_every_format_shows_it(results: dict[str, AuditResult], form: str, which: str) -> None:
    text = FORMATS[form].render(results[which], Extras())
    assert ("What is memorized</h2>" in text) == (form == "html" and which == "whole")
    assert ("Does what is memorized leak?" in text) == (form != "json" and which == "whole")
    assert ("None" in text) is False
    if form == "terminal":
        assert ("Memorized records" in text) == (which == "whole")
        assert "Test accuracy" not in text
        assert "Epsilon claimed" not in text
    if form == "json":
        assert AuditResult.model_validate(json.loads(text)) == results[which]


def test_the_verdict_does_not_claim_how_the_models_were_trained(results: dict[str, AuditResult]) -> None:
    for result in results.values():
        assert "without DP" not in " ".join(result.verdict)
        assert any("How the models were trained" in warning for warning in result.warnings)


def test_a_policy_on_what_a_file_cannot_tell_is_inconclusive(results: dict[str, AuditResult]) -> None:
    policy = Policy(share_memorized_at_most=0.01, test_accuracy_at_least=0.5)
    for which, said in (("one", ["inconclusive", "inconclusive"]), ("planted", ["fail", "inconclusive"])):
        limits = check(results[which], policy).limits
        assert [limit.verdict for limit in limits] == said
        assert limits[1].explanation == "the audit has no such figure"


def test_results_without_pools_are_compared_but_not_subtracted(tmp_path: Path) -> None:
    world = gaussian_world(4, 60, 2.0, 0).take(np.arange(1))
    for name in "ab":
        score(saved(tmp_path / "x.npz", world), tmp_path / name, ("loss",))
    found = compared([RunFolder(tmp_path / name) for name in "ab"])
    assert len(found.arms) == 2
    assert found.differences == ()
    assert "only a result" in found.warnings[0]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return saved(tmp_path / "x.npz", gaussian_world(4, 60, 2.0, 0).take(np.arange(1)))


def test_the_command_writes_the_reports_and_prints_one(cli: Cli, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)
    code, out, err = cli("score", file.name, "--attack", "loss", "--attack", "gap")
    assert code == 0, err
    assert "Loss threshold" in out
    folder = file.parent / "runs" / "scored-x"
    assert {path.name for path in folder.iterdir()} == {"report.html", "result.json", "records.parquet", "digests.json"}
    result = RunFolder(folder).result()
    assert result.headline == "loss"
    assert shlex.split(result.provenance.command)[:3] == ["audit", "score", "x.npz"]
    assert len(result.provenance.digests["file"]) == 64
    table = pl.read_parquet(folder / "records.parquet")
    assert table["memorization"].null_count() == len(table) == 60
    assert table["scored_in"].sum() + table["scored_out"].sum() == 60
    for words in (("report", folder), ("records", folder, "--by", "exposure"), ("compare", folder)):
        assert cli(*words)[0] == 0


def test_its_command_repeats_it_beside_the_file(
    cli: Cli, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(file.parent)
    first = score(file, tmp_path / "a", ("gap",), "loss")
    words = shlex.split(first.provenance.command)[1:]
    assert cli(*words, "--out", tmp_path / "b")[0] == 0
    again = RunFolder(tmp_path / "b").result()
    assert again.arms == first.arms


def test_json_on_stdout_is_the_result_and_nothing_else(cli: Cli, file: Path, tmp_path: Path) -> None:
    code, out, _ = cli("score", file, "--attack", "loss", "--out", tmp_path / "o", "--json", "-")
    assert code == 0
    assert AuditResult.model_validate(json.loads(out)).arms[0].name == "scored"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--attack", "lira"], "there is no attack 'lira'"),
        (["--headline", "looss"], "did you mean 'loss'"),
        (["--group", "site"], "'group_site'"),
    ],
)
def test_bad_usage_is_refused_before_anything_is_computed(
    cli: Cli, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    monkeypatch.setattr("audit.scoring.analyse_scored", lambda *given: pytest.fail("computed"))
    code, out, err = cli("score", file, *words, "--out", tmp_path / "out")
    assert code == 2
    assert said in err
    assert "what to do:" in err
    assert out == ""
    assert not (tmp_path / "out").exists()


def test_a_run_is_not_written_over(file: Path, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("model: mlp\n")
    with pytest.raises(ConfigError, match="holds a run"):
        score(file, tmp_path)


def test_help_shows_the_command() -> None:
    assert "FILE" in CliRunner().invoke(app, ["score", "--help"]).output
