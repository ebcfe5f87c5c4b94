"""How a run is laid out over stacks and processes: kept with the run, and of no influence on what it finds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from simulated_training import NarrowTrainer, SimulatedTrainer

from audit.config import AuditConfig
from audit.errors import ConfigError, PoolError, TrainingError
from audit.folder import RunFolder
from audit.pipeline import extended, planned, run
from audit.progress import Silent
from audit.run_names import settings_of
from audit.settings import resolve
from reports.result import AuditResult


class Heard(Silent):
    """Keeps what an audit says."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.notes: list[str] = []

    def plan(self, lines: list[str]) -> None:
        self.lines = lines

    def note(self, line: str) -> None:
        self.notes.append(line)


class Measured(SimulatedTrainer):
    """Counts how often it was measured."""

    calls = 0

    def seconds_a_step(self, task, models, membership, steps):  # type: ignore[no-untyped-def]
        Measured.calls += 1
        return super().seconds_a_step(task, models, membership, steps)


@pytest.fixture(autouse=True)
def simulated(monkeypatch: pytest.MonkeyPatch) -> None:
    trained_by(monkeypatch, Measured(alone=1e-3))
    monkeypatch.setattr(Measured, "calls", 0)
    monkeypatch.setattr("audit.training.pace._in_time", lambda seconds, until: True)


def trained_by(monkeypatch: pytest.MonkeyPatch, trainer: SimulatedTrainer) -> None:
    monkeypatch.setattr("audit.plan.trainer_for", lambda task: trainer)


def config_of(models: int = 16, **more: object) -> AuditConfig:
    base = {"data": {"source": "tiny_sources:easy"}, "model": "mlp", "pool": {"models": models}, "workers": 1}
    return resolve({**base, "analysis": {"attacks": ["loss"], "headline": "loss"}, **more})


def shards(folder: Path) -> list[str]:
    return sorted(path.stem.removeprefix("models-") for path in folder.glob("arms/standard/models-*"))


def arrays(folder: Path) -> list[bytes]:
    pool = RunFolder(folder).pool("standard")
    return [getattr(pool, name).tobytes() for name in ("membership", "phi", "correct", "test_phi", "test_correct")]


def audited(config: AuditConfig, folder: Path, **more: bool) -> tuple[AuditResult, Heard]:
    heard = Heard()
    return run(config, folder, progress=heard, **more), heard


def drop(folder: Path, keep: Sequence[str]) -> None:
    for name in set(shards(folder)) - set(keep):
        (folder / "arms" / "standard" / f"models-{name}.safetensors").unlink()


def test_the_plan_and_the_provenance_say_stacks_workers_and_trainer(tmp_path: Path) -> None:
    result, heard = audited(config_of(), tmp_path)
    assert shards(tmp_path) == ["00000-00007", "00008-00015"]
    said = "\n".join(heard.lines)
    assert "simulated: signals are drawn" in said
    assert "8 model(s) a stack, measured:" in said
    assert "1 worker(s), stacks of 8 (standard)" in result.provenance.platform
    assert result.provenance.versions["trainer of standard"] == "simulated-1"


def test_a_stopped_run_goes_on_with_its_stacks_and_measures_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    audited(config_of(), tmp_path)
    calm, before = arrays(tmp_path), shards(tmp_path)
    drop(tmp_path, ["00000-00007"])
    measured = Measured.calls
    trained_by(monkeypatch, Measured(alone=0.0))  # of which a fresh run would make other stacks
    audited(config_of(), tmp_path)
    assert (arrays(tmp_path), shards(tmp_path), Measured.calls) == (calm, before, measured)


def test_an_extended_run_keeps_its_stacks_and_equals_a_fresh_larger_one(tmp_path: Path) -> None:
    audited(config_of(), tmp_path / "grown")
    measured = Measured.calls
    audited(extended(tmp_path / "grown", 32), tmp_path / "grown", grow=True)
    assert Measured.calls == measured
    assert shards(tmp_path / "grown")[2:] == ["00016-00023", "00024-00031"]
    audited(config_of(32, stack=2), tmp_path / "fresh")
    assert arrays(tmp_path / "grown") == arrays(tmp_path / "fresh")


def test_a_finished_run_is_not_measured(tmp_path: Path) -> None:
    audited(config_of(), tmp_path)
    (tmp_path / "layout.json").unlink()
    measured = Measured.calls
    _, heard = audited(config_of(), tmp_path)
    assert Measured.calls == measured
    assert "nothing is left to train" in heard.lines[-1]
    assert not (tmp_path / "layout.json").exists()


def test_what_is_set_later_overrides_what_was_kept(tmp_path: Path) -> None:
    audited(config_of(), tmp_path)
    drop(tmp_path, ["00000-00007"])
    result, _ = audited(config_of(stack=4), tmp_path)
    assert shards(tmp_path) == ["00000-00007", "00008-00011", "00012-00015"]
    assert "stacks of 4" in result.provenance.platform
    kept = RunFolder(tmp_path).layout()
    assert kept is not None
    assert kept.arms["standard"].stack == 4


def test_stack_and_workers_are_no_part_of_a_runs_identity(tmp_path: Path) -> None:
    plain, set_ = config_of(workers="auto"), config_of(workers=3, stack=4)
    assert settings_of(plain) == settings_of(set_)
    audited(config_of(), tmp_path)
    RunFolder(tmp_path).check_same(set_)


def test_a_refused_run_leaves_the_layout_as_it_was(tmp_path: Path) -> None:
    audited(config_of(), tmp_path)
    before = (tmp_path / "layout.json").read_bytes()
    with pytest.raises(ConfigError, match="made by another config"):
        audited(config_of(standard={"epochs": 7}, stack=4), tmp_path)
    assert (tmp_path / "layout.json").read_bytes() == before


def test_a_damaged_layout_is_named_with_the_way_out(tmp_path: Path) -> None:
    audited(config_of(), tmp_path)
    (tmp_path / "layout.json").write_text('{"workers": 0}')
    with pytest.raises(PoolError, match=r"layout\.json") as caught:
        audited(config_of(), tmp_path)
    assert "remove it" in caught.value.hint


def test_a_dry_run_measures_and_writes_nothing(tmp_path: Path) -> None:
    said = "\n".join(planned(config_of(), tmp_path / "run").lines())
    assert "8 model(s) a stack" in said
    assert not (tmp_path / "run").exists()


def test_an_arm_that_cannot_make_a_step_stops_before_the_folder_is_claimed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained_by(monkeypatch, NarrowTrainer(most=0))
    with pytest.raises(TrainingError, match="memory does not suffice"):
        audited(config_of(), tmp_path)
    assert not (tmp_path / "config.yaml").exists()


def test_a_halved_stack_is_said_and_the_pool_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audited(config_of(stack=8), tmp_path / "wide")
    trained_by(monkeypatch, NarrowTrainer(most=2))
    _, heard = audited(config_of(stack=8), tmp_path / "narrow")
    assert arrays(tmp_path / "narrow") == arrays(tmp_path / "wide")
    assert [note for note in heard.notes if "memory did not suffice for a stack of 8" in note]
    assert len(shards(tmp_path / "narrow")) == 8
