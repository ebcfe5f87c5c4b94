"""`audit report`: a result rendered again, from disk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audit.cli_options import Full, PolicyOption, Quiet, RunArgument, Verbose, emit, run_or_latest, stderr, stdout

if TYPE_CHECKING:
    from reports.formats import Extras
    from reports.result import AuditResult


def report(
    run: RunArgument = None,
    format_: Annotated[str, typer.Option("--format", help="terminal, html, json, markdown or pdf.")] = "terminal",
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Write to this file in place of stdout.")] = None,
    policy: PolicyOption = None,
    profile: Annotated[
        list[str] | None,
        typer.Option(help="Map the evidence to a text: edpb-28-2024, nist-800-226 or gdpr-dpia; repeatable."),
    ] = None,
    small_groups: Annotated[
        bool, typer.Option("--small-groups", help="Also the figures of groups of fewer than 10 records.")
    ] = False,
    show_records: Annotated[
        bool, typer.Option("--show-records", help="Show the content of listed records: personal data.")
    ] = False,
    no_records: Annotated[
        bool, typer.Option("--no-records", help="Leave out the lists of records and every id.")
    ] = False,
    full: Full = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Render a result again, from disk."""
    from audit.errors import ConfigError
    from audit.experiments.standalone import experiment_in, is_experiment, rendered
    from audit.files import write_bytes
    from audit.folder import RunFolder
    from audit.one_run import is_one_run, rendered_one_run
    from audit.render import refuse_terminal, rendered_bytes
    from reports.screen import as_screen
    from reports.suppression import without_records

    if no_records and show_records:
        raise ConfigError("--no-records leaves records out, and --show-records shows them", "leave one out")
    run = run_or_latest(run)
    width = 80 if out else stdout().width
    if is_one_run(run):
        content = rendered_one_run(run, format_, full, width).encode()
    elif is_experiment(run):
        found = experiment_in(run)
        found = without_records(found) if no_records else found
        content = rendered(found, format_, None if full else run, width).encode()
    else:
        refuse_terminal(format_, out is None)
        result = judged_by(RunFolder(run).result(), policy)
        result = without_records(result) if no_records else result
        extras = _extras(run, result, profile or [], small_groups, show_records)
        if out is None and format_ == "terminal" and not show_records:
            show(result, run, extras, full, quiet)
            return
        content = rendered_bytes(result, format_, extras)
        if format_ == "terminal" and not full:
            content = as_screen(extras.of(result), run=str(run), mappings=extras.mappings).encode()
    if out:
        write_bytes(out, content)
        stderr(quiet).print(f"wrote {out}")
    elif format_ == "terminal":
        stdout(quiet).print(content.decode().removesuffix("\n"))
    else:
        emit(content.decode())


def _extras(run: Path, result: AuditResult, profiles: list[str], small_groups: bool, show_records: bool) -> Extras:
    from audit.folder import RunFolder
    from audit.integrity import sha256_of
    from audit.profiles import read_profile
    from audit.shown_records import shown_records
    from reports.formats import Extras
    from reports.mapping import mapping_of

    mappings = tuple(mapping_of(result, read_profile(name)) for name in profiles)
    shown = shown_records(RunFolder(run), result) if show_records else None
    return Extras(shown, mappings, small_groups, digest=sha256_of(RunFolder(run).result_file))


def show(
    result: AuditResult, folder: Path, extras: Extras | None = None, full: bool = False, quiet: bool = False
) -> None:
    """Print one screen of a result, or all of it, and where the files are.

    Args:
        result: the result.
        folder: the run's.
        extras: what was asked for besides.
        full: print all of it.
        quiet: print nothing.
    """
    from audit.folder import RunFolder
    from reports.formats import Extras
    from reports.screen import render_screen
    from reports.terminal import render

    asked = extras or Extras()
    files = {"HTML report": "html_file", "result": "result_file", "records": "records_file"}
    where = {what: str(getattr(RunFolder(folder), name)) for what, name in files.items()}
    if full:
        render(asked.of(result), stdout(quiet), where, asked.mappings)
    else:
        render_screen(asked.of(result), stdout(quiet), where, str(folder), asked.mappings)


def readable(policy: str | None) -> None:
    """Check a policy before anything is trained.

    Raises:
        PolicyError: if there is no such policy, or it has mistakes.
    """
    from audit.policy import located, read_policy

    if policy is not None:
        read_policy(located(policy))


def judged_by(result: AuditResult, policy: str | None, rewritten: Path | None = None) -> AuditResult:
    """The result with what a policy makes of it.

    Args:
        result: the result.
        policy: a file, or the name of a shipped one; None judges nothing.
        rewritten: a run folder whose reports are written again with the judgement; None writes nothing. What was
            written before stays if the policy does not fit the result: nothing is lost by it.

    Raises:
        PolicyError: if there is no such policy, or it does not fit the result.
    """
    from audit.folder import RunFolder
    from audit.policy import judged, located
    from audit.render import write_result

    if policy is None:
        return result
    found = judged(result, located(policy))
    if rewritten is not None:
        write_result(RunFolder(rewritten), found)
    return found
