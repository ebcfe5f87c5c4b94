"""The pages of docs/ that are made from the code: every setting, and every option of every command."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

import typer.main

from audit.cli import app
from audit.config import AuditConfig
from reports.schema import described

FLAGS = {
    "data.source": "--data",
    "data.label": "--label",
    "data.id": "--id",
    "data.groups": "--group",
    "model": "--model",
    "pool.models": "--models",
    "pool.seed": "--seed",
    "pool.views": "--views",
    "standard.epochs": "--epochs",
    "dp.epsilons": "--dp-eps",
    "dp.delta": "--dp-delta",
    "dp.recipe.epochs": "--epochs",
    "controls": "--controls",
    "canaries.count": "--canaries",
    "canaries.kind": "--canary-kind",
    "analysis.attacks": "--attack",
    "analysis.headline": "--headline",
    "device": "--device",
    "stack": "--stack",
    "workers": "--workers",
}
"""Setting -> the option of `audit run` that sets it."""
OF_PRESET = ("standard", "dp.recipe")
"""Groups whose defaults are those of the model's preset."""
SETTINGS_TOP = """# Settings

Made from the code by `AUDIT_WRITE_GOLDEN=1 pytest tests/docs`; not to be edited.

Every setting of an audit, under the key that it has in a YAML file for `--config` and in Python:

```yaml
data: {source: table.parquet, label: default, groups: [sex]}
model: mlp
pool: {models: 128}
dp: {epsilons: [1, 8]}
analysis: {headline: lira-online}
release: {who: registered customers, sees: the label alone}
```

```python
import audit

audit.AuditConfig(
    model="mlp",
    pool={"models": 128},
    dp={"epsilons": [1, 8]},
    analysis={"headline": "lira-online"},
    release={"who": "registered customers", "sees": "the label alone"},
)
```

An option of `audit run` overrides the file, the file the model's preset ([configs/](../configs/)), and the preset the
defaults below. An unknown key is an error that names the nearest one. A run folder keeps the
settings that held in `config.yaml`. Those of a policy are in [policy.md](policy.md), the options of all commands in
[commands.md](commands.md).
"""
COMMANDS_TOP = """# Commands and their options

Made from the code by `AUDIT_WRITE_GOLDEN=1 pytest tests/docs`; not to be edited. `audit COMMAND --help` says the same.

`RUN` is a run folder; commands that take one and are given none take the latest under `runs/` and say which. What a
setting means is in [settings.md](settings.md). Every command has `--verbose`, which prints tracebacks of errors and, of
commands that train, the resolved settings; `audit --version` prints the version.
"""


def settings_page() -> str:
    """docs/settings.md."""
    return SETTINGS_TOP + "".join(_group("", AuditConfig))


def commands_page() -> str:
    """docs/commands.md."""
    return COMMANDS_TOP + "".join(_command(names, command) for names, command in commands())


def commands() -> Iterator[tuple[str, Any]]:
    """Name and command, of every command that does something: `audit run`, `audit experiment removal`, ..."""
    yield from _below("audit", typer.main.get_command(app))


def settings() -> Iterator[str]:
    """The path of every setting, `pool.models`."""
    yield from _paths("", AuditConfig)


def _paths(where: str, part: Any) -> Iterator[str]:
    for key, field in part.model_fields.items():
        path, inner = f"{where}{key}", _inner(field.annotation)
        yield from _paths(f"{path}.", inner) if inner else [path]


def _inner(annotation: Any) -> Any:
    """The group of settings that an annotation names; None if it is a setting itself."""
    for one in (annotation, *getattr(annotation, "__args__", ())):
        if hasattr(one, "model_fields"):
            return one
    return None


def _group(where: str, part: Any, leads: str = "") -> Iterator[str]:
    about, said = described(inspect.cleandoc(part.__doc__ or ""))
    properties = part.model_json_schema()["properties"]
    rows: list[str] = []
    inner: list[tuple[str, Any, str]] = []
    for key, field in part.model_fields.items():
        if found := _inner(field.annotation):
            inner.append((f"{where}{key}", found, said[key]))
            continue
        path = f"{where}{key}"
        default = "needed" if field.is_required() else f"`{_plain(field.default)}`" if field.default != "" else "empty"
        if where.rstrip(".") in OF_PRESET:
            default = "of the preset"
        flag = f"`{FLAGS[path]}`" if path in FLAGS else ""
        rows.append(f"| `{path}` | {_values(properties[key])} | {default} | {flag} | {said[key]} |\n")
    if rows:
        words = f"{leads[:1].upper()}{leads[1:]} " if where.rstrip(".") in OF_PRESET else ""
        yield f"\n## {where.rstrip('.') or 'The audit'}\n\n{words}{about}\n\n"
        yield "| setting | values | default | option | |\n|---|---|---|---|---|\n"
        yield from rows
    for path, group, lead in inner:
        yield from _group(f"{path}.", group, lead)


def _plain(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_plain, value))}]"
    return {"None": "null", "True": "true", "False": "false"}.get(str(value), str(value))


def _values(schema: Mapping[str, Any]) -> str:
    """What a setting may be, in words."""
    if "anyOf" in schema:
        return " or ".join(_values(one) for one in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        return ", ".join(f"`{one}`" for one in schema.get("enum", [schema.get("const")]))
    kind = schema.get("type", "")
    if kind == "array":
        return f"list of: {_values(schema['items'])}"
    words = {
        "integer": "whole number",
        "number": "number",
        "boolean": "`true`, `false`",
        "string": "text",
        "null": "`null`",
    }
    limits = [
        f"{said} {schema[key]:g}"
        for key, said in (
            ("minimum", "from"),
            ("exclusiveMinimum", "above"),
            ("maximum", "to"),
            ("exclusiveMaximum", "below"),
        )
        if key in schema
    ]
    return " ".join([words[kind], " and ".join(limits)]).strip() if kind else "whole number from 1, or `auto`"


def _below(names: str, command: Any) -> Iterator[tuple[str, Any]]:
    for name, inner in getattr(command, "commands", {}).items():
        yield from _below(f"{names} {name}", inner)
    if not hasattr(command, "commands"):
        yield names, command


def _command(names: str, command: Any) -> str:
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    usage = " ".join([names, *(_argument(one) for one in arguments), "[OPTIONS]"])
    rows = "".join(_row(one) for one in command.params if one.name not in ("help", "verbose"))
    return f"\n## {names}\n\n{inspect.cleandoc(command.help)}\n\n    {usage}\n\n| | default | |\n|---|---|---|\n{rows}"


def _argument(argument: Any) -> str:
    name = argument.metavar or argument.name.upper()
    return name if argument.required else f"[{name}]"


def _row(param: Any) -> str:
    if param.param_type_name == "argument":
        return f"| `{param.metavar or param.name.upper()}` | | {param.help} |\n"
    name = ", ".join(f"`{one}`" for one in param.opts)
    default = "needed" if param.required else "" if param.default in (None, False, ()) else f"`{param.default}`"
    return f"| {name} | {default} | {_cell(param.help or '')} |\n"


def _cell(text: str) -> str:
    """Text in a cell: signs that Markdown would read as its own are marked as what they are."""
    return text.replace("|", "\\|").replace("{", "`{").replace("}", "}`") if "{" in text else text.replace("|", "\\|")
