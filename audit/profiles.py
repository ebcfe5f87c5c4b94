"""Profiles: YAML files that say where in an audit the evidence for the points of a text lies."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from audit.errors import AuditError, ConfigError
from audit.presets import PRESETS
from audit.settings import nearest, read_yaml
from reports.findings import Part
from reports.mapping import Evidence, Profile, Requirement

FOLDER = PRESETS / "profiles"
PARTS: Mapping[str, type[Part]] = {"points": Requirement, "evidence": Evidence}

MAY_HOLD = f"a profile holds: {', '.join(Profile.model_fields)}; a point: {', '.join(Requirement.model_fields)}"


class ProfileError(AuditError):
    """A profile that is not there or cannot be read."""


def profiles() -> dict[str, str]:
    """Name -> first comment line of every shipped profile."""
    return {
        path.stem: path.read_text(encoding="utf-8").splitlines()[0].lstrip("# ")
        for path in sorted(FOLDER.glob("*.yaml"))
    }


def read_profile(name: str) -> Profile:
    """A profile, by the name of a shipped one or from a file.

    Args:
        name: of `profiles()`, or the path of a YAML file.

    Raises:
        ProfileError: if there is neither, with the nearest name; or naming every mistake in the file.
    """
    path = _located(name)
    try:
        content = read_yaml(path)
        return Profile.model_validate({"name": path.stem, **content})
    except ConfigError as error:
        raise ProfileError(error.message, error.hint) from error
    except ValidationError as error:
        wrong = [f"{path}: {_complaint(one['loc'], one['type'], one['msg'])}" for one in error.errors()]
        mistakes = ProfileError.collected(wrong, MAY_HOLD)
        raise ProfileError(mistakes.message, mistakes.hint) from error


def _located(name: str) -> Path:
    path, shipped = Path(name), FOLDER / f"{name}.yaml"
    if path.suffix in (".yaml", ".yml") or path.is_file():
        return path
    if not shipped.is_file():
        known = profiles()
        raise ProfileError(
            f"--profile {name}: no such profile{nearest(name, known)}, and no such file",
            f"name a YAML file, or one of: {', '.join(known)}",
        )
    return shipped


def _complaint(place: tuple[int | str, ...], kind: str, message: str) -> str:
    where = ".".join(map(str, place))
    if kind == "extra_forbidden":
        return f"unknown key {where!r}{nearest(str(place[-1]), _known(place[:-1]))}"
    said = message.removeprefix("Value error, ")
    return f"{where}: {said[0].lower()}{said[1:]}"


def _known(place: tuple[int | str, ...]) -> Mapping[str, object]:
    """Keys of the innermost part of a profile that a place lies in."""
    parts: list[type[Part]] = [Profile, *(PARTS[step] for step in place if isinstance(step, str) and step in PARTS)]
    return parts[-1].model_fields
