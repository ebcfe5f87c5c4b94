"""What experiments found: kept with a run, in its result and reports, and left out where its pools have changed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from audit.blocks import attach, blocks_in, pool_digest, with_blocks
from audit.errors import PoolError
from audit.experiments.base import base_in, base_of
from audit.folder import RunFolder
from audit.integrity import verify
from audit.pipeline import extended, run
from audit.progress import Silent
from audit.settings import resolve
from reports.experiments.agreement import Agreement, Measure, Tenth
from reports.result import AuditResult, Estimate

SMALL = {
    "data": {"source": "tiny_sources:easy"},
    "model": "linear",
    "pool": {"models": 4},
    "standard": {"epochs": 2},
    "workers": 1,
}


def found(value: float) -> Estimate:
    return Estimate(value=value, low=value - 0.1, high=value + 0.1, confidence=0.95, method="jackknife", n=4)


def block(pools: str, answer: str = "Memorization <i>agrees</i>.") -> Agreement:
    measure = Measure(
        arm="standard",
        title="scores.npz: scores",
        kind="score",
        records=120,
        flagged=None,
        spearman=found(-0.4),
        corrected=found(-0.5),
        reliability=found(0.8),
        exposure_spearman=None,
        tenths=tuple(
            Tenth(name=str(n), records=12, low=n / 10, high=n / 10 + 0.1, memorization=found(1 / n))
            for n in range(1, 11)
        ),
    )
    return Agreement(
        answer=(answer,),
        command="audit experiment agreement",
        settings={},
        pools=pools,
        seconds=1.0,
        measures=(measure,),
    )


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("audited") / "run"
    run(resolve(SMALL), folder)
    return folder


@pytest.fixture
def finished(audited: Path, tmp_path: Path) -> RunFolder:
    """A copy of a finished audit, to be written to."""
    return RunFolder(shutil.copytree(audited, tmp_path / "run"))


def test_a_block_is_in_result_and_page_and_escaped(finished: RunFolder) -> None:
    attach(finished.path, block(pool_digest(finished.result())))
    assert finished.result().experiments.agreement == block(pool_digest(finished.result()))
    page = finished.html_file.read_text()
    assert 'id="experiment-agreement"' in page
    assert "Memorization &lt;i&gt;agrees&lt;/i&gt;." in page
    assert "<i>agrees" not in page
    assert not verify(finished.path).misfits


def test_another_analysis_of_the_same_pools_keeps_it(finished: RunFolder) -> None:
    attach(finished.path, block(pool_digest(finished.result())))
    before = {path: path.stat().st_mtime_ns for path in finished.path.glob("arms/*/models-*")}
    run(finished.config(), finished.path)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert finished.result().experiments.agreement is not None


def test_a_larger_pool_leaves_it_out_and_says_so_once(finished: RunFolder) -> None:
    attach(finished.path, block(pool_digest(finished.result())))
    run(extended(finished.path, 6), finished.path, grow=True)
    result = finished.result()
    assert result.experiments.agreement is None
    again = with_blocks(result, finished.path)
    assert [warning for warning in again.warnings if "experiment agreement" in warning] == [
        "The experiment agreement was made on other pools than these and is left out: run it again."
    ]
    attach(finished.path, block(pool_digest(result)))
    assert not any("experiment agreement" in warning for warning in finished.result().warnings)


def test_what_rests_on_no_pool_stays(finished: RunFolder) -> None:
    attach(finished.path, block(""))
    run(extended(finished.path, 6), finished.path, grow=True)
    assert finished.result().experiments.agreement is not None


def test_damage_is_named_and_verify_finds_an_edit(finished: RunFolder) -> None:
    attach(finished.path, block(""))
    path = finished.path / "experiments" / "agreement.json"
    path.write_text(path.read_text().replace("-0.4", "-0.9"))
    assert ["experiments/agreement.json" in misfit.what for misfit in verify(finished.path).misfits] == [True]
    path.write_text("{")
    with pytest.raises(PoolError, match=r"agreement\.json is damaged"):
        blocks_in(finished.path)


def test_the_digest_depends_on_records_pools_and_their_size(finished: RunFolder) -> None:
    result = finished.result()
    digests = {pool_digest(one) for one in (result, _with_arm(result, models=6), _with_data(result))}
    assert len(digests) == 3
    assert pool_digest(result) == pool_digest(AuditResult.model_validate(json.loads(result.model_dump_json())))


def _with_arm(result: AuditResult, **changes: object) -> AuditResult:
    return result.model_copy(update={"arms": (result.arms[0].model_copy(update=changes),)})


def _with_data(result: AuditResult) -> AuditResult:
    digests = {**result.provenance.digests, "data": "other"}
    return result.model_copy(update={"provenance": result.provenance.model_copy(update={"digests": digests})})


def test_a_finished_audit_is_read_again_and_an_unfinished_one_is_finished(tmp_path: Path) -> None:
    config = resolve(SMALL)
    first = base_of(config, tmp_path / "run", Silent())
    written = first.folder.result_file.stat().st_mtime_ns
    again = base_of(config, tmp_path / "run", Silent())
    assert again.folder.result_file.stat().st_mtime_ns == written
    assert (again.pools["standard"].phi == first.pools["standard"].phi).all()
    first.folder.result_file.unlink()
    assert base_of(config, tmp_path / "run", Silent()).result.arms == first.result.arms
    assert base_in(tmp_path / "run").dataset.records == 120


def test_a_folder_without_an_audit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PoolError, match="not a run folder"):
        base_in(tmp_path)
