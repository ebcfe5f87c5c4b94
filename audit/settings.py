"""From presets, files and flags to one checked `AuditConfig`; all mistakes are reported together."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from audit.config import AuditConfig
from audit.errors import ConfigError
from audit.mistakes import SEE, complaints, explained
from audit.mistakes import nearest as nearest
from audit.presets import PRESETS, Settings, merged, presets


def resolve(flags: Mapping[str, Any], config: str | None = None) -> AuditConfig:
    """The settings that hold: the model's preset, then the config, then the flags on top.

    Args:
        flags: nested settings from the command line, without those that were not given.
        config: a preset's name or a YAML file.

    Raises:
        ConfigError: naming every mistake, with the nearest name for an unknown key.
    """
    settings = merged(read(config) if config else {}, flags)
    made: AuditConfig = explained(AuditConfig, settings, lambda: AuditConfig.model_validate(settings))
    return made


def checked(settings: Mapping[str, Any]) -> AuditConfig:
    """Validate nested settings.

    Raises:
        ConfigError: naming every mistake.
    """
    try:
        return AuditConfig.model_validate(settings)
    except ValidationError as error:
        raise ConfigError.collected(complaints(AuditConfig, error), SEE) from error


def read(config: str) -> Settings:
    """Settings of a preset by name, or of a YAML file.

    Raises:
        ConfigError: if there is neither, with the nearest preset's name.
    """
    preset, path = PRESETS / f"{config}.yaml", Path(config)
    if path.suffix in (".yaml", ".yml") or path.exists():
        return read_yaml(path)
    if not preset.exists():
        raise ConfigError(
            f"--config {config}: no such preset{nearest(config, presets())}, and no such file",
            "`audit list presets` shows all",
        )
    return read_yaml(preset)


def read_yaml(path: Path) -> Settings:
    """A YAML file that holds a mapping, read with the safe loader.

    Raises:
        ConfigError: if it is missing, is no YAML, or holds something else.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"cannot read {path}: {getattr(error, 'strerror', None) or error}", "check the path"
        ) from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} is not YAML: {str(error).splitlines()[0]}", "check its indentation") from error
    if not isinstance(content or {}, dict):
        raise ConfigError(f"{path} holds a {type(content).__name__}, not settings", "write `key: value` lines")
    return content or {}


def as_yaml(config: AuditConfig, without: set[str] | None = None) -> str:
    """The resolved config as YAML that `--config` takes.

    Args:
        config: the config.
        without: settings to leave out; None writes all.
    """
    return yaml.safe_dump(config.model_dump(mode="json", exclude=without), sort_keys=False)
