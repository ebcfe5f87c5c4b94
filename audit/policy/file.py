"""Policy files: found by path or by the name of a shipped one, and read with all mistakes at once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from audit.errors import AuditError, ConfigError, PolicyError
from audit.policy.follow import path_problem
from audit.policy.limits import Part, PathLimit, Policy, TprLimit
from audit.presets import PRESETS
from audit.settings import nearest, read_yaml

POLICIES: Mapping[str, Path] = {path.stem: path for path in sorted((PRESETS / "policies").glob("*.yaml"))}
LISTED: Mapping[str, type[Part]] = {"limits": PathLimit, "tpr_at_fpr": TprLimit}
MAY_HOLD = f"a policy may hold: {', '.join(Policy.model_fields)}; `audit policy init` writes one to start from"


def located(policy: str) -> Path:
    """The file of a policy.

    Args:
        policy: path of a YAML file, or the name of a shipped policy.

    Raises:
        PolicyError: if there is neither, with the nearest name.
    """
    path = Path(policy)
    if path.suffix in (".yaml", ".yml") or path.exists():
        return path
    if policy not in POLICIES:
        raise PolicyError(
            f"--policy {policy}: no such file, and no such shipped policy{nearest(policy, list(POLICIES))}",
            f"name a YAML file, or one of: {', '.join(POLICIES)}",
        )
    return POLICIES[policy]


def read_policy(path: Path) -> Policy:
    """Read a policy file.

    Args:
        path: the YAML file.

    Raises:
        PolicyError: naming every mistake in it, among them paths that lead to no figure of any result.
    """
    try:
        content = read_yaml(path)
    except ConfigError as error:
        raise PolicyError(error.message, error.hint) from error
    misled = list(_misled(content))
    try:
        policy = Policy.model_validate(content)
    except ValidationError as error:
        wrong = [_complaint(one["loc"], one["type"], one["msg"]) for one in error.errors()]
        raise _mistakes(path, wrong + misled) from error
    if misled:
        raise _mistakes(path, misled)
    if policy == Policy(arms=policy.arms):
        raise PolicyError(f"{path} sets no limit", MAY_HOLD)
    return policy


def _mistakes(path: Path, problems: list[str]) -> AuditError:
    return PolicyError.collected([f"{path}: {problem}" for problem in problems], MAY_HOLD)


def _misled(content: Mapping[str, Any]) -> list[str]:
    """Problems of the paths, also where something else in the file is wrong."""
    limits = content.get("limits")
    given = [limit for limit in limits if isinstance(limit, dict)] if isinstance(limits, list) else []
    paths = [limit["path"] for limit in given if isinstance(limit.get("path"), str)]
    return [problem for path in paths if path and (problem := path_problem(path))]


def _complaint(place: tuple[int | str, ...], kind: str, message: str) -> str:
    where = ".".join(map(str, place))
    if kind == "extra_forbidden":
        part = LISTED.get(str(place[0]), Policy) if len(place) > 1 else Policy
        return f"unknown limit {where!r}{nearest(str(place[-1]), list(part.model_fields))}"
    said = message.removeprefix("Value error, ")
    return f"{where}: {said[0].lower()}{said[1:]}"
