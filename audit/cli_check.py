"""`audit check` and `audit policy`: the commands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audit.cli_options import Quiet, RunArgument, Verbose, emit, run_or_latest, stderr, stdout

if TYPE_CHECKING:
    from reports.outcome import PolicyOutcome

policy_app = typer.Typer(help="Write a policy for `audit check` to start from.", no_args_is_help=True)


def check(
    policy: Annotated[str, typer.Option(metavar="FILE|NAME", help="A YAML file with limits; research; production.")],
    run: RunArgument = None,
    arm: Annotated[
        list[str] | None,
        typer.Option(help="The arm that is released, in place of the policy's arms; repeatable."),
    ] = None,
    allow_inconclusive: Annotated[bool, typer.Option("--allow-inconclusive", help="Exit 0 if no limit fails.")] = False,
    junit: Annotated[Path | None, typer.Option(help="Write the outcome to this file as JUnit XML too.")] = None,
    sarif: Annotated[Path | None, typer.Option(help="Write it to this file as SARIF 2.1.0 too.")] = None,
    json_: Annotated[
        str | None,
        typer.Option("--json", metavar="FILE", help="Write it as JSON too; - is stdout, in place of the text."),
    ] = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Hold a result against a policy: a gate for CI. Exit code 1 unless it passes."""
    from audit.folder import RunFolder
    from audit.policy import located, outcome_of
    from reports.check import render_check

    result = RunFolder(run_or_latest(run, "result.json")).result()
    outcome = outcome_of(result, located(policy), tuple(arm or ()))
    _write(outcome, result.provenance.created, allow_inconclusive, junit, sarif, json_)
    if json_ != "-":
        render_check(outcome, stdout(quiet))
    if outcome.verdict == "fail" or (outcome.verdict == "inconclusive" and not allow_inconclusive):
        raise typer.Exit(1)


@policy_app.command()
def init(
    kind: Annotated[str, typer.Option(help="research, which is lenient, or production, which is strict.")] = "research",
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Write to this file in place of stdout.")] = None,
    verbose: Verbose = False,
) -> None:
    """Write a policy with a comment a limit, to be edited."""
    from audit.errors import PolicyError
    from audit.files import write_text
    from audit.policy import POLICIES
    from audit.settings import nearest

    if kind not in POLICIES:
        raise PolicyError(
            f"--kind {kind}: no such policy{nearest(kind, list(POLICIES))}", f"choose {', '.join(POLICIES)}"
        )
    text = POLICIES[kind].read_text(encoding="utf-8")
    if out is None:
        typer.echo(text, nl=False)
        return
    if out.exists():
        raise PolicyError(f"{out} exists already", "name another file with -o, or remove this one first")
    write_text(out, text)
    stderr().print(f"wrote {out}")


def _write(
    outcome: PolicyOutcome,
    created: str,
    allow_inconclusive: bool,
    junit_file: Path | None,
    sarif_file: Path | None,
    json_: str | None,
) -> None:
    """Write what was asked for, each file whole."""
    from audit import __version__
    from audit.files import write_text
    from reports.junit import junit
    from reports.sarif import sarif
    from reports.serialization import to_json

    if junit_file:
        write_text(junit_file, junit(outcome, created, allow_inconclusive))
    if sarif_file:
        write_text(sarif_file, sarif(outcome, __version__))
    if json_ == "-":
        emit(to_json(outcome))
    elif json_:
        write_text(Path(json_), to_json(outcome))
