"""Presets: YAML files that travel with the package; one a built-in model, and examples."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
# In the wheel the presets lie inside the package; in a checkout they lie beside it.
PRESETS = HERE / "configs" if (HERE / "configs").is_dir() else HERE.parent / "configs"

Settings = dict[str, Any]


def presets() -> dict[str, str]:
    """Name -> first comment line of every preset, for `audit list presets`."""
    return {path.stem: path.read_text().splitlines()[0].lstrip("# ") for path in sorted(PRESETS.glob("*.yaml"))}


def recipes_of(model: str) -> Settings:
    """The recipes that a model is trained with unless something else is asked for.

    Args:
        model: a built-in architecture's name, or `package.module:factory`.
    """
    known = PRESETS / f"{model}.yaml"
    content = _content(known if known.exists() else PRESETS / "custom.yaml")
    return {key: value for key, value in content.items() if key in ("standard", "dp")}


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> Settings:
    """Nested settings with those of `over` on top."""
    result = dict(base)
    for key, value in over.items():
        nested = isinstance(value, Mapping) and isinstance(result.get(key), Mapping)
        result[key] = merged(result[key], value) if nested else value
    return result


@lru_cache(maxsize=16)
def _content(path: Path) -> Settings:
    return yaml.safe_load(path.read_text(encoding="utf-8")) or {}
