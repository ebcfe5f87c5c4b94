"""`audit experiment NAME`: one file a command."""

from __future__ import annotations

import typer

from audit.cli_experiment.agreement import agreement
from audit.cli_experiment.irrelevant import irrelevant
from audit.cli_experiment.longtail import longtail
from audit.cli_experiment.proxies import proxies
from audit.cli_experiment.removal import removal
from audit.cli_experiment.secrets import secrets

experiment_app = typer.Typer(
    help="Why networks memorize: experiments on your data and models, with a section in the report each.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
for command in (removal, longtail, irrelevant, secrets, proxies, agreement):
    experiment_app.command()(command)
