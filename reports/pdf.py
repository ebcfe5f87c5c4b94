"""The full report as a PDF: the HTML report laid out on A4 by WeasyPrint, which is an optional extra."""

from __future__ import annotations

import contextlib
import hashlib
import io
from collections.abc import Callable, Sequence
from functools import partial
from types import ModuleType

from reports import html, sentences
from reports.formats import UnavailableError
from reports.fragments import drawn, shipped
from reports.mapping import Mapping
from reports.paper import Section, as_paper
from reports.result import AuditResult
from reports.serialization import to_json
from reports.shown import Shown

COVER, STYLE = "cover.html.j2", "print.css"
ID_LENGTH = 12
LIBRARY_HINT = (
    "from a checkout of this project: pip install '.[pdf]'; and Pango, which it draws text with: `apt install "
    "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0` or `brew install pango`; `--format html` needs neither"
)


def render(
    result: AuditResult,
    shown: Shown | None = None,
    small_groups: bool = False,
    mappings: Sequence[Mapping] = (),
    digest: str | None = None,
) -> bytes:
    """The report as a PDF; the same result and the same fonts give the same bytes.

    Args:
        result: the result.
        shown: the content of records, if it was asked for; page one then says so.
        small_groups: also give the figures of groups of fewer than 10 records.
        mappings: where the evidence for the points of a text lies, a section for each text.
        digest: SHA-256 of the file that the result was read from, whose beginning is the report's id; None takes that
            of the result as it is. A policy that was put into a result since makes the two differ.

    Raises:
        UnavailableError: if WeasyPrint or a library of the system that it needs is missing.
    """
    weasyprint = _weasyprint()
    # Nothing but what lies in the report itself is read: no network, no file.
    fetcher = weasyprint.urls.URLFetcher(allowed_protocols=("data",))
    read = partial(weasyprint.HTML, url_fetcher=fetcher)
    own = digest_of(result)
    screen = html.render(result, shown, small_groups, mappings)
    first = _first(result, digest or own, shown)
    page = as_paper(screen, lambda text: read(string=text), first, shipped(STYLE), result.provenance.created)
    # The identifier of a PDF is drawn at random unless it is given.
    content: bytes = read(string=page).write_pdf(pdf_identifier=bytes.fromhex(own)[:16], pdf_tags=True)
    return content


def digest_of(result: AuditResult) -> str:
    """SHA-256 of the result as JSON, which is also that of the file `result.json` as an audit writes it.

    Args:
        result: the result.
    """
    return hashlib.sha256(to_json(result).encode()).hexdigest()


def _weasyprint() -> ModuleType:
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # where Pango is missing, it prints how to install it
            import weasyprint
    except (ImportError, OSError) as cause:  # OSError: Python's part is there, Pango is not
        first = (str(cause).strip() or type(cause).__name__).splitlines()[0]
        raise UnavailableError(f"a PDF needs WeasyPrint, which cannot be loaded: {first}", LIBRARY_HINT) from cause
    loaded: ModuleType = weasyprint
    return loaded


def _first(result: AuditResult, digest: str, shown: Shown | None) -> Callable[[tuple[Section, ...]], str]:
    """What draws the first page and the margins, from the contents."""
    release, policy = result.release, result.policy
    facts = (
        ("Audited", sentences.audited(result)),
        *((("Who may query it", release.who), ("What they see", release.sees)) if release else ()),
        *((("Release policy", f"{policy.name}: {policy.verdict}".removeprefix(": ")),) if policy else ()),
        ("Analysed", result.provenance.created),
        ("Report", digest[:ID_LENGTH]),
        ("SHA-256 of result.json", digest),
    )
    context: dict[str, object] = {
        "result": result,
        "facts": facts,
        "shown": shown,
        "digest": digest,
        "id": digest[:ID_LENGTH],
    }
    context |= {"answer": result.summary or result.verdict}
    return lambda sections: drawn(COVER, sections=sections, **context)
