"""Parts of a page that are drawn apart from it, from the templates that are shipped with this package."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from reports.visible import in_page


def drawn(template: str, **context: object) -> str:
    """A template with its values in place, each of them escaped.

    Args:
        template: name of a file under `reports/templates`.
        context: the values by name.
    """
    return _environment().get_template(template).render(context)


def shipped(name: str) -> str:
    """A file under `reports/templates` as it is.

    Args:
        name: its name.
    """
    return PackageLoader("reports").get_source(_environment(), name)[0]


@cache
def _environment() -> Environment:
    loader = PackageLoader("reports")
    return Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        finalize=in_page,
        trim_blocks=True,
        lstrip_blocks=True,
    )
