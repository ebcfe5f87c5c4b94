"""What several commands share: options, and where they print."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from reports.text import printable

if TYPE_CHECKING:
    from audit.progress import Progress

RunArgument = Annotated[
    Path | None,
    typer.Argument(metavar="RUN", help="A run folder, such as runs/digits-resnet; the latest one if not given."),
]
Verbose = Annotated[bool, typer.Option("--verbose", help="Print tracebacks of errors, and the resolved config.")]
Quiet = Annotated[
    bool, typer.Option("--quiet", help="Leave the screen alone: no progress, no report; errors and --json - stay.")
]
Full = Annotated[bool, typer.Option("--full", help="Print everything that was found, not one screen of it.")]
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
    """A console that no string can command: names of data sets, columns and files may hold anything.

    It breaks no lines, so that paths, addresses and commands can be copied: texts are wrapped where they are composed.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(emoji=False, highlight=False, markup=False, soft_wrap=True, **options)  # a `:a:` is no emoji

    def render_str(self, text: str, **options: Any) -> Text:
        """The text without control characters, and with a question mark for what the encoding lacks."""
        return super().render_str("\n".join(printable(line, self.encoding) for line in text.split("\n")), **options)


def stderr(quiet: bool = False) -> Console:
    """Where progress, warnings and errors go.

    Args:
        quiet: print nothing.
    """
    return Inert(stderr=True, quiet=quiet)


def stdout(quiet: bool = False) -> Console:
    """Where reports go.

    Args:
        quiet: print nothing.
    """
    return Inert(quiet=quiet)


def progress_on_stderr(quiet: bool = False) -> Progress:
    """Who listens to a command's work.

    Args:
        quiet: draw nothing.
    """
    from audit.console import ConsoleProgress
    from audit.progress import Silent

    return Silent() if quiet else ConsoleProgress(stderr())


def emit(text: str) -> None:
    """Write a file's content to stdout as it would lie on disk, in UTF-8, whatever the terminal's encoding is."""
    typer.echo(text.encode(), nl=False)


def run_or_latest(run: Path | None, *needed: str) -> Path:
    """The run folder that was named, or else the one under `runs/` whose result is the latest, which is said on stderr.

    Args:
        run: the folder that was named.
        needed: files that the latest must hold, such as result.json; any kind of result will do if none is named.

    Raises:
        PoolError: if none was named, and there is none.
    """
    if run is not None:
        return run
    from audit.run_names import latest

    found = latest(*needed)
    stderr().print(f"the latest run: {found}", highlight=False, markup=False, soft_wrap=True)
    return found


def given(flags: dict[str, Any]) -> dict[str, Any]:
    """Drop flags that were not given, so that they override nothing."""
    kept = {key: given(value) if isinstance(value, dict) else value for key, value in flags.items()}
    return {key: value for key, value in kept.items() if value is not None and value != {}}
