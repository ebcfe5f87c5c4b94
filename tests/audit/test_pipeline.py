"""The whole flow: resumed, extended, repaired, and what it finds in worlds whose truth is known."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from command_line import Cli
from sklearn.metrics import roc_auc_score

import audit
from audit.config import AuditConfig
from audit.errors import ConfigError, ModelError, PoolError
from audit.folder import RunFolder
from audit.pipeline import extended, run
from audit.settings import resolve
from reports.result import AuditResult

SMALL = {"standard": {"epochs": 3}, "dp": {"recipe": {"epochs": 3}}, "workers": 1, "stack": 2}
ONE_ATTACK = {"attacks": ["loss"], "headline": "loss"}
EVERY_ATTACK: dict[str, object] = {}


def config_of(source: str, models: int, **more: object) -> AuditConfig:
    base = {"data": {"source": f"tiny_sources:{source}"}, "model": "mlp", "pool": {"models": models}}
    return resolve({**base, **SMALL, "analysis": ONE_ATTACK, **more})


def arrays(folder: Path, arm: str = "standard") -> dict[str, bytes]:
    pool = RunFolder(folder).pool(arm)
    names = ("membership", "phi", "correct", "test_phi", "test_correct")
    return {name: getattr(pool, name).tobytes() for name in names}


def timeless(result: AuditResult) -> AuditResult:
    """A result without what differs between two undisturbed runs: the clock."""
    still = result.provenance.model_copy(update={"created": "", "seconds": 0.0, "command": "", "config": {}})
    arms = tuple(arm.model_copy(update={"seconds_per_model": 0.0}) for arm in result.arms)
    return result.model_copy(update={"provenance": still, "arms": arms})


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "small"
    run(config_of("easy", 8, dp={"epsilons": [4.0], "recipe": {"epochs": 3}}, analysis=EVERY_ATTACK), folder)
    return folder


def test_what_is_no_config_is_refused_in_one_sentence() -> None:
    with pytest.raises(ConfigError, match="takes an AuditConfig, not str"):
        audit.run("digits")  # type: ignore[arg-type]


def test_python_and_disk_give_the_same_objects(small: Path) -> None:
    again = audit.run(RunFolder(small).config(), small)
    assert timeless(again) == timeless(audit.load(small))


def test_both_arms_share_memberships_and_only_dp_has_a_guarantee(small: Path) -> None:
    standard, private = (RunFolder(small).pool(name) for name in ("standard", "dp-eps-4"))
    assert (standard.membership == private.membership).all()
    assert standard.guarantee is None
    assert private.guarantee is not None
    assert 3.9 < private.guarantee.epsilon <= 4.0
    assert abs(private.guarantee.second_epsilon - private.guarantee.epsilon) < 0.02 * 4


def test_another_config_is_refused_with_what_differs(small: Path) -> None:
    before, dp = arrays(small), {"epsilons": [4.0], "recipe": {"epochs": 3}}
    with pytest.raises(ConfigError, match=r"standard\.epochs: 3\.0 -> 5\.0"):
        run(config_of("easy", 8, standard={"epochs": 5}, dp=dp, analysis=EVERY_ATTACK), small)
    assert arrays(small) == before


def test_extending_equals_a_fresh_larger_run(tmp_path: Path) -> None:
    run(config_of("easy", 4), tmp_path / "grown")
    run(extended(tmp_path / "grown", 8), tmp_path / "grown", grow=True)
    run(config_of("easy", 8), tmp_path / "fresh")
    assert arrays(tmp_path / "grown") == arrays(tmp_path / "fresh")
    grown, fresh = (timeless(audit.load(tmp_path / name)) for name in ("grown", "fresh"))
    assert grown == fresh


def test_a_stopped_extension_goes_on(tmp_path: Path) -> None:
    run(config_of("easy", 4), tmp_path)
    larger = extended(tmp_path, 8)
    run(larger, tmp_path, grow=True)
    whole = arrays(tmp_path)
    sorted((tmp_path / "arms" / "standard").glob("models-*"))[-1].unlink()
    run(extended(tmp_path, 8), tmp_path, grow=True)
    assert arrays(tmp_path) == whole


def test_unknown_attacks_are_named_before_training(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="did you mean 'lira-online'"):
        run(config_of("easy", 4, analysis={"headline": "lira-onlin", "attacks": ["gap", "nothing"]}), tmp_path)
    assert not list(tmp_path.glob("arms/*/models-*"))


def test_extending_to_fewer_models_is_refused(small: Path) -> None:
    with pytest.raises(ConfigError, match="has 8 models already"):
        extended(small, 6)


def test_an_odd_number_of_models_is_rounded_up_and_said(tmp_path: Path) -> None:
    result = run(config_of("easy", 5), tmp_path)
    assert result.arms[0].models == 6
    assert any("rounded up to 6" in warning for warning in result.warnings)


def test_a_damaged_shard_is_named_and_repaired_alone(tmp_path: Path) -> None:
    config = config_of("easy", 8)
    run(config, tmp_path)
    before = arrays(tmp_path)
    shards = sorted((tmp_path / "arms" / "standard").glob("models-*"))
    times = {path: path.stat().st_mtime_ns for path in shards}
    shards[1].write_bytes(shards[1].read_bytes()[:-40])
    with pytest.raises(PoolError, match=shards[1].name):
        run(config, tmp_path)
    run(config, tmp_path, repair=True)
    assert arrays(tmp_path) == before
    retrained = [path for path in shards if path.stat().st_mtime_ns != times[path]]
    assert retrained == [shards[1]]


def test_changed_data_is_noticed_and_named(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(60, 5)).astype(np.float32), np.arange(60) % 3
    file = tmp_path / "data.npz"
    np.savez(file, x=x, y=y)
    config = resolve({"data": {"source": str(file)}, "model": "linear", "pool": {"models": 4}, **SMALL})
    run(config, tmp_path / "run")
    before = RunFolder(tmp_path / "run").index().ids
    np.savez(file, x=x + 1, y=y, ids=np.array([f"new {i}" for i in range(60)]))
    with pytest.raises(PoolError, match=r"data: [0-9a-f]+ -> [0-9a-f]+"):
        run(config, tmp_path / "run")
    assert (RunFolder(tmp_path / "run").index().ids == before).all()


INTERRUPTED = (
    *("run", "--data", "tiny_sources:easy", "--model", "mlp", "--models", "8", "--epochs", "100"),
    *("--workers", "2", "--stack", "2", "--attack", "loss", "--headline", "loss", "--out"),
)


def started(folder: Path) -> subprocess.Popen[bytes]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", "from audit.cli import main; main()", *INTERRUPTED, str(folder)]
    with (folder.parent / f"{folder.name}.stderr").open("wb") as said:
        return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=said)


def wait_for_shards(folder: Path, process: subprocess.Popen[bytes], count: int) -> None:
    for _ in range(3600):
        if len(list(folder.glob("arms/standard/models-*"))) >= count or process.poll() is not None:
            return
        time.sleep(0.05)


def test_a_killed_audit_goes_on_and_ends_the_same(tmp_path: Path, cli: Cli) -> None:
    code, _, err = cli(*INTERRUPTED, tmp_path / "calm")
    assert code == 0, err
    killed = started(tmp_path / "killed")
    wait_for_shards(tmp_path / "killed", killed, 1)
    killed.send_signal(signal.SIGKILL)
    killed.wait(60)
    assert 0 < len(list((tmp_path / "killed").glob("arms/standard/models-*"))) < 4, "killed too late to show anything"
    code, _, err = cli(*INTERRUPTED, tmp_path / "killed")
    assert code == 0, err
    assert arrays(tmp_path / "killed") == arrays(tmp_path / "calm")
    ends = [timeless(audit.load(tmp_path / name)) for name in ("killed", "calm")]
    assert ends[0] == ends[1]


def test_ctrl_c_ends_cleanly_and_says_how_to_go_on(tmp_path: Path) -> None:
    process = started(tmp_path / "run")
    wait_for_shards(tmp_path / "run", process, 1)
    process.send_signal(signal.SIGINT)
    assert process.wait(120) == 130
    said = (tmp_path / "run.stderr").read_text()
    assert "goes on" in said
    assert "Traceback" not in said


def test_random_labels_top_the_lists(tmp_path: Path) -> None:
    """Planted world: 20 of 400 records have random labels, and the standard recipe learns them by heart."""
    result = run(config_of("planted", 24, standard={"epochs": 60}, analysis={"attacks": ["loss"]}), tmp_path)
    import polars as pl

    table = pl.read_parquet(tmp_path / "records.parquet")
    is_planted = (table["group_planted"] == "yes").to_numpy()
    assert roc_auc_score(is_planted, table["memorization"].to_numpy()) >= 0.95
    assert roc_auc_score(is_planted, table["exposure"].to_numpy()) >= 0.95
    assert {row.id for row in result.arms[0].most_memorized} <= set(table.filter(is_planted)["id"])
    by_group = {v.group: v.estimate for v in result.arms[0].memorization.by_group if v.column == "planted"}
    assert by_group["yes"] is not None
    assert by_group["no"] is not None
    assert by_group["yes"].low > by_group["no"].high
    share = next(s for s in result.arms[0].links[0].hit_shares if s.top == 0.05 and s.fpr == 0.01)
    assert share.share is not None
    # Both halves of the pool have 6 models with each of the 20 planted records IN: 240 chances to find one.
    assert share.share.value * share.hits >= 0.95 * 240


def test_dp_with_its_noise_switched_off_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The accountant is told of noise that is never added: memorization above the cap gives it away."""
    from audit.training.one_by_one import OneByOne

    class Noiseless(OneByOne):
        def train(self, task, models, membership):  # type: ignore[no-untyped-def]
            silent = replace(task, arm=replace(task.arm, noise_multiplier=1e-9 if task.arm.target_epsilon else 0.0))
            return super().train(silent, models, membership)

    dp = {"epsilons": [0.5], "recipe": {"epochs": 60, "learning_rate": 1.0, "batch_size": 50}}
    config = config_of("random_labels", 40, dp=dp)
    honest = run(config, tmp_path / "honest").arm("dp-eps-0.5")
    assert honest.memorization.cap_violations == ()
    monkeypatch.setattr("audit.plan.trainer_for", lambda task: Noiseless())
    monkeypatch.setattr("audit.training.one_by_one.spent_epsilon", lambda *args: 0.499)
    broken = run(config, tmp_path / "broken")
    assert len(broken.arm("dp-eps-0.5").memorization.cap_violations) > 0
    assert broken.verdict[0].startswith("VIOLATION")


def test_a_class_name_cannot_run_in_the_report(tmp_path: Path) -> None:
    run(config_of("script_in_class_name", 4), tmp_path)
    page = (tmp_path / "report.html").read_text()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_a_model_that_cannot_be_clipped_is_refused_before_any_training(tmp_path: Path) -> None:
    config = config_of("easy", 4, model="tiny_sources:branching_weights", dp={"epsilons": [8.0]})
    with pytest.raises(ModelError, match="do not add up"):
        run(config, tmp_path)
    assert not list(tmp_path.glob("arms/*/models-*"))


def test_a_weight_that_is_used_outside_of_its_layer_can_be_clipped_in_a_stack(tmp_path: Path) -> None:
    config = config_of("easy", 4, model="tiny_sources:weights_outside_a_layer", dp={"epsilons": [8.0]})
    assert run(config, tmp_path).arm("dp-eps-8").guarantee is not None


def test_batch_norm_is_replaced_in_all_arms_and_said(tmp_path: Path) -> None:
    result = run(config_of("easy", 4, model="tiny_sources:with_batch_norm"), tmp_path)
    assert any("BatchNorm" in warning for warning in result.warnings)
