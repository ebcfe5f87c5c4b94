"""How to repeat an audit: command, seeds, digests, versions and every setting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reports import numbers
from reports.experiments.standalone import ExperimentResult
from reports.result import AuditResult
from reports.tables import Cell, Row, Table


def origin(result: AuditResult | ExperimentResult) -> tuple[tuple[str, str], ...]:
    """What and where of an audit or an experiment, as name and value.

    Args:
        result: the result.
    """
    source = result.provenance
    return (
        ("Command", source.command),
        ("Analysed", source.created),
        ("Wall time", numbers.duration(source.seconds)),
        ("Trained on", f"{source.device} ({source.platform})"),
        *((("Seed", str(source.seed)),) if source.seed is not None else ()),
        *((f"Digest of {name}", digest) for name, digest in source.digests.items()),
        ("Fingerprint of the data", result.data.fingerprint),
        ("Versions", ", ".join(f"{package} {version}" for package, version in source.versions.items())),
        ("Report schema", result.schema_version),
    )


def settings(config: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every setting of a nested config as a dotted name and its value.

    Args:
        config: nested mappings.
        prefix: dotted name of the mapping itself.
    """
    for key, value in config.items():
        if isinstance(value, Mapping):
            yield from settings(value, f"{prefix}{key}.")
        elif isinstance(value, (list, tuple)):
            yield f"{prefix}{key}", ", ".join(numbers.setting(item) for item in value) or "none"
        else:
            yield f"{prefix}{key}", numbers.setting(value)


def recipes(result: AuditResult | ExperimentResult) -> Table:
    """Every setting of every arm's training."""
    keys = dict.fromkeys(key for arm in result.arms for key in arm.recipe)
    rows = tuple(Row(key, tuple(Cell(numbers.setting(arm.recipe.get(key))) for arm in result.arms)) for key in keys)
    return Table("Recipes", "Setting", tuple(arm.name for arm in result.arms), rows)
