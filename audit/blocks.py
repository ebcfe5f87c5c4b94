"""What experiments found, kept with the run that they belong to, and put into that run's result and report."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from audit.errors import PoolError
from audit.files import write_text
from audit.folder import RunFolder
from reports.experiments.block import Block
from reports.experiments.result import Experiments
from reports.result import AuditResult
from reports.serialization import to_json

FOLDER = "experiments"
B = TypeVar("B", bound=Block)


def pool_digest(result: AuditResult) -> str:
    """What an experiment rests on: the records, and every arm's pool and its size.

    Args:
        result: the audit's result.
    """
    said = result.provenance.digests, {arm.name: arm.models for arm in result.arms}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def attach(run: Path, block: Block, to: AuditResult | None = None) -> AuditResult:
    """Keep what an experiment found, and write the run's result and reports with it.

    Args:
        run: the run folder.
        block: what it found.
        to: the run's result; None reads it.

    Returns:
        The result, with the block.

    Raises:
        PoolError: if the run is not finished.
    """
    from audit.render import write_result

    folder = RunFolder(run)
    result = folder.result() if to is None else to
    write_text(_file(run, block.name), to_json(block))
    result = with_blocks(result, run)
    write_result(folder, result)
    return result


def with_blocks(result: AuditResult, run: Path) -> AuditResult:
    """A result with the experiments that were made on its pools; of those made on others a warning says so.

    Args:
        result: the result.
        run: the run folder.

    Raises:
        PoolError: if a file is damaged.
    """
    found = blocks_in(run)
    pools = pool_digest(result)
    current = {name: block for name, block in found.items() if block.pools in ("", pools)}
    stale = [
        f"The experiment {name} was made on other pools than these and is left out: run it again."
        for name in found
        if name not in current
    ]
    others = [warning for warning in result.warnings if not warning.startswith("The experiment ")]
    experiments = Experiments.model_validate(current)
    return result.model_copy(update={"experiments": experiments, "warnings": (*others, *stale)})


def blocks_in(run: Path) -> dict[str, Block]:
    """Name -> what an experiment found, of all that lie in a run folder.

    Args:
        run: the run folder.

    Raises:
        PoolError: if a file is damaged or of another version.
    """
    kinds = {name: kind for name, kind in Experiments.kinds().items() if _file(run, name).exists()}
    return {name: _read(_file(run, name), kind) for name, kind in kinds.items()}


def _read(path: Path, kind: type[B]) -> B:
    try:
        return kind.model_validate_json(path.read_text(encoding="utf-8"))
    except (ValidationError, UnicodeDecodeError) as error:
        raise PoolError(
            f"{path} is damaged or was written by another version", "remove it, and run the experiment again"
        ) from error


def _file(run: Path, name: str) -> Path:
    return run / FOLDER / f"{name}.json"
