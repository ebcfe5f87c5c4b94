"""What several commands share: options, and where they print."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from reports.visible import visible

RunArgument = Annotated[Path, typer.Argument(metavar="RUN", help="A run folder, such as runs/digits-resnet.")]
Verbose = Annotated[bool, typer.Option("--verbose", help="Print tracebacks of errors, and the resolved config.")]
Data = Annotated[
    str | None,
    typer.Option(help="A source of `audit list data`, a file, a folder of images, or package.module:function."),
]
Label = Annotated[str | None, typer.Option(help="Column of the label, in a table.")]
Id = Annotated[str | None, typer.Option("--id", help="Column of the record id, in a table.")]
Model = Annotated[str | None, typer.Option(help="An architecture of `audit list models`, or package.module:factory.")]
DpDelta = Annotated[float | None, typer.Option(help="Delta of all DP arms; below 1/records.")]
CanaryKind = Annotated[
    str | None, typer.Option(help="noise, mislabelled, blank, or a FILE.npz with arrays x and y; noise if not given.")
]
Device = Annotated[str | None, typer.Option(help="auto, cpu or cuda.")]
Out = Annotated[Path | None, typer.Option(help="The run folder; continued if it exists.")]
Config = Annotated[
    str | None, typer.Option(help="A YAML file, or a preset of `audit list presets`; flags override it.")
]
Repair = Annotated[bool, typer.Option("--repair", help="Drop shards that are damaged or foreign, and train them anew.")]
Stack = Annotated[
    str | None,
    typer.Option(metavar="N|auto", help="Models trained as one computation, and saved together; auto measures."),
]
Workers = Annotated[str | None, typer.Option(metavar="N|auto", help="Training processes; auto takes what ends first.")]
Attacks = Annotated[
    list[str] | None, typer.Option(help="An attack of `audit list attacks`; repeatable. All if not given.")
]
Headline = Annotated[
    str | None, typer.Option(help="The attack that the verdict rests on; ensemble, or loss for one model.")
]
Views = Annotated[
    str | None,
    typer.Option(help="What models are asked of every image, such as plain,mirror,left,right,up,down; plain."),
]
PolicyOption = Annotated[
    str | None, typer.Option("--policy", metavar="FILE|NAME", help="Judge by a policy: a YAML file, or a shipped one.")
]
Json = Annotated[
    str | None,
    typer.Option("--json", metavar="FILE", help="Write the result as JSON too; - is stdout, in place of the report."),
]


class Inert(Console):
    """A console that no string can command: names of data sets, columns and files may hold anything."""

    def render_str(self, text: str, **options: Any) -> Text:
        """The text without control characters."""
        return super().render_str(visible(text, kept="\n"), **options)


def stderr() -> Console:
    """Where progress, warnings and errors go."""
    return Inert(stderr=True, emoji=False)  # a file's `:a:` is no emoji


def stdout() -> Console:
    """Where reports go."""
    return Inert(emoji=False)


def given(flags: dict[str, Any]) -> dict[str, Any]:
    """Drop flags that were not given, so that they override nothing."""
    kept = {key: given(value) if isinstance(value, dict) else value for key, value in flags.items()}
    return {key: value for key, value in kept.items() if value is not None and value != {}}
