"""The PDF report: real files of real pages, read back."""

from __future__ import annotations

import hashlib
import io
import os
import re
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from command_line import Cli
from golden_files import assert_golden
from PIL import Image
from repetitions import thorough
from sample_result import minimal, sample

from reports import html, pdf, svg
from reports.formats import BINARY_FORMATS, Extras, UnavailableError
from reports.result import ArmResult, AuditResult
from reports.serialization import from_json, to_json
from reports.shown import Shown, ShownRecord

pypdf = pytest.importorskip("pypdf", reason="pypdf reads the PDFs back")
try:
    import weasyprint
except (ImportError, OSError) as missing:  # pragma: no cover
    pytest.skip(f"WeasyPrint cannot be loaded: {missing}", allow_module_level=True)

A4 = (595, 842)
DRAWN = svg._drawn
"""Draws figures; what a test that is not marked sees is a placeholder."""
NAME = "x" * 160
SCRIPT = "<script>alert(1)</script>"


def plain(text: str) -> str:
    """One line of plain letters: no ligatures, and a word that was broken at the end of a line in one piece."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def pages_of(content: bytes) -> list[str]:
    return [plain(one.extract_text()) for one in pypdf.PdfReader(io.BytesIO(content)).pages]


@cache
def printed() -> AuditResult:
    """One arm, with a list that runs over a page."""
    (arm,), (first, *_) = minimal().arms, sample().arms
    return minimal().model_copy(update={"arms": (arm.model_copy(update={"most_memorized": first.most_memorized * 3}),)})


@cache
def on_screen() -> str:
    return html.render(printed())


@cache
def made() -> tuple[bytes, weasyprint.Document]:
    """The file of `printed`, and the pages that it was written from."""
    documents = []
    render = weasyprint.HTML.render

    def listening(self: weasyprint.HTML, *words: object, **named: object) -> weasyprint.Document:
        documents.append(render(self, *words, **named))
        return documents[-1]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(weasyprint.HTML, "render", listening)
        patched.setattr(svg, "_drawn", DRAWN)
        content = pdf.render(printed())
    (document,) = documents
    return content, document


def written() -> bytes:
    return made()[0]


@cache
def pages() -> list[str]:
    return pages_of(written())


def test_every_page_is_a4_and_says_which_of_how_many_it_is() -> None:
    reader = pypdf.PdfReader(io.BytesIO(written()))
    assert len(pages()) > 5
    for number, (one, text) in enumerate(zip(reader.pages, pages(), strict=True), start=1):
        assert (round(one.mediabox.width), round(one.mediabox.height)) == A4
        assert f"{number}of{len(pages())}" in text


def test_every_page_bears_the_digest_of_the_file_and_the_name_of_the_audit() -> None:
    digest = pdf.digest_of(printed())
    assert digest != pdf.digest_of(minimal())
    assert all(digest in text and f"Report{digest[:12]}" in text for text in pages())
    assert all("Memorizationaudit:resnetondigits" in text for text in pages())


def test_the_digest_is_that_of_result_json_as_an_audit_writes_it(tmp_path: pytest.TempPathFactory) -> None:
    from audit.files import write_text

    file = tmp_path / "result.json"  # type: ignore[operator]
    write_text(file, to_json(sample()))
    assert hashlib.sha256(file.read_bytes()).hexdigest() == pdf.digest_of(sample())
    assert pdf.digest_of(from_json(file.read_text(encoding="utf-8"))) == pdf.digest_of(sample())


def test_the_id_is_that_of_the_file_also_where_a_policy_judges(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from audit.files import write_text

    monkeypatch.setattr(pdf, "as_paper", lambda screen, read, first, style, created: first(()))  # page one alone
    write_text(tmp_path / "run" / "result.json", to_json(sample()))
    digest = hashlib.sha256((tmp_path / "run" / "result.json").read_bytes()).hexdigest()
    words = ("report", tmp_path / "run", "--format", "pdf", "-o", tmp_path / "report.pdf", "--policy", "production")
    code, _, err = cli(*words)
    assert code == 0, err
    (text,) = pages_of((tmp_path / "report.pdf").read_bytes())
    assert digest in text
    assert f"Report{digest[:12]}" in text
    assert "Releasepolicy" in text  # which the file does not hold


def test_the_first_page_answers_and_no_sentence_of_the_verdict_is_lost() -> None:
    first, whole = pages()[0], "".join(pages())
    assert all(plain(sentence) in first for sentence in printed().verdict)
    said = (*printed().verdict, *printed().warnings, *printed().not_tested)
    assert all(plain(sentence) in whole for sentence in said)


def test_the_contents_name_every_section_on_the_page_where_it_begins() -> None:
    titles = [re.sub("<[^>]+>", "", found) for found in re.findall(r"<h2[^>]*>(.*?)</h2>", on_screen())]
    assert len(titles) > 5
    for title in titles:
        said = re.search(re.escape(plain(title)) + r"\.+(\d+)", pages()[0])
        assert said, f"{title} is not in the contents"
        assert plain(title) in pages()[int(said[1]) - 1]


def test_bookmarks_are_the_sections() -> None:
    reader = pypdf.PdfReader(io.BytesIO(written()))
    titles = [mark.title for mark in reader.outline if not isinstance(mark, list)]
    sections = [re.sub("<[^>]+>", "", found) for found in re.findall(r"<h2[^>]*>(.*?)</h2>", on_screen())]
    assert titles == sections


def test_its_bookmarks_are_golden() -> None:
    def titles(marks: list[object]) -> list[str]:
        nested = (["  " + one for one in titles(mark)] if isinstance(mark, list) else [mark.title] for mark in marks)
        return [title for part in nested for title in part]

    outline = pypdf.PdfReader(io.BytesIO(written())).outline
    assert_golden("pdf-bookmarks.txt", "\n".join(titles(outline)) + "\n")


def test_what_is_folded_on_a_screen_is_open_and_what_is_clicked_there_is_gone() -> None:
    whole = "".join(pages())
    assert all(plain(name) in whole for name in printed().arms[0].recipe)
    assert "Skiptotheanswer" not in whole
    assert all(not one.get("/Annots") or "/Widget" not in str(one["/Annots"]) for one in pypdf_pages())


def pypdf_pages() -> list[object]:
    return list(pypdf.PdfReader(io.BytesIO(written())).pages)


def test_a_table_that_runs_over_a_page_repeats_its_headers() -> None:
    rows = [row.id for row in printed().arms[0].most_memorized]
    holding = [text for text in pages() if sum(plain(name) in text for name in rows) > 3]
    assert len(holding) > 1
    assert all(re.search("[Rr]ecord(Class|Testrecord)", text) and "Memorization" in text for text in holding)


def test_metadata_are_a_title_and_the_date_of_the_analysis_and_no_author() -> None:
    found = pypdf.PdfReader(io.BytesIO(written())).metadata
    assert found.title == "Memorization audit: resnet on digits"
    assert found.author is None
    assert found.creation_date.isoformat() == "2025-01-31T12:00:00+00:00"
    assert found.modification_date is None


def test_the_same_result_gives_the_same_bytes_in_another_process() -> None:
    code = (
        f"import sys, hashlib; sys.path[:0] = {sys.path!r}\n"
        "from reports.pdf import render\n"
        "from reports.serialization import from_json\n"
        "print(hash('a'), hashlib.sha256(render(from_json(sys.stdin.read()))).hexdigest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=to_json(printed()),
        capture_output=True,
        text=True,
        env=environment,
        check=True,
    )
    order, digest = done.stdout.split()
    assert int(order) != hash("a"), "sets should be in another order there"
    assert digest == hashlib.sha256(written()).hexdigest()


def laid_out(result: AuditResult, monkeypatch: pytest.MonkeyPatch, shown: Shown | None = None) -> weasyprint.Document:
    """The pages before they are written."""
    documents = []

    def keep(self: weasyprint.HTML, **_: object) -> bytes:
        documents.append(self.render())
        return b""

    monkeypatch.setattr(weasyprint.HTML, "write_pdf", keep)
    pdf.render(result, shown)
    return documents[0]


def named(result: AuditResult, name: str) -> AuditResult:
    """The result with a name in every place that a person names."""
    data = result.data.model_copy(update={"name": name, "class_names": (name, *result.data.class_names[1:])})
    arms = []
    for arm in result.arms:
        rows = tuple(
            row.model_copy(update={"id": f"{name}{k}", "class_name": name}) for k, row in enumerate(arm.most_memorized)
        )
        arms.append(arm.model_copy(update={"most_memorized": rows, "description": name}))
    model = result.model.model_copy(update={"name": name})
    return result.model_copy(update={"data": data, "model": model, "arms": tuple(arms), "verdict": (name,)})


def wide() -> AuditResult:
    """As wide as a report gets: six arms, and long names in every place; rows make no table wider, so few are left."""
    result = sample(controls=True)
    more = tuple(arm.model_copy(update={"name": f"{arm.name}-again"}) for arm in result.arms[1:3])
    return named(result.model_copy(update={"arms": tuple(map(cut, (*result.arms, *more)))}), NAME)


def cut(arm: ArmResult) -> ArmResult:
    """The arm with two records in each list, two groups in each table, two attacks and one link."""
    lists = {name: getattr(arm, name)[:2] for name in ("most_memorized", "most_exposed", "attacks")}
    parts = (("memorization", arm.memorization), ("utility", arm.utility))
    grouped = {name: part.model_copy(update={"by_group": part.by_group[:2]}) for name, part in parts if part}
    return arm.model_copy(update=lists | grouped | {"links": arm.links[:1]})


@pytest.mark.parametrize("make", [None, pytest.param(sample, marks=thorough), pytest.param(wide, marks=thorough)])
def test_no_text_reaches_beyond_its_page(
    make: Callable[[], AuditResult] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = laid_out(make(), monkeypatch) if make else made()[1]
    for number, one in enumerate(document.pages, start=1):
        box = one._page_box
        right, below = box.position_x + box.margin_width(), box.position_y + box.margin_height()
        texts = [found for found in box.descendants() if type(found).__name__ == "TextBox"]
        assert texts
        for found in texts:
            assert found.position_x + found.width <= right - 40, f"page {number}: {found.text}"
            assert found.position_y + found.height <= below, f"page {number}: {found.text}"


def test_figures_are_whole_and_on_the_page() -> None:
    drawn = 0
    for one in made()[1].pages:
        box = one._page_box
        for found in box.descendants():
            if found.element_tag == "figure":
                drawn += 1
                assert found.position_y + found.margin_height() <= box.position_y + box.margin_height() - 60
                assert found.position_x + found.margin_width() <= box.position_x + box.margin_width() - 40
    assert drawn == on_screen().count("<figure")


@pytest.mark.draws
def test_drawings_have_the_colours_of_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[str] = []
    plain_init = weasyprint.HTML.__init__

    def listening(self: weasyprint.HTML, *words: object, **named: object) -> None:
        given.append(str(named.get("string")))
        plain_init(self, *words, **named)

    monkeypatch.setattr(weasyprint.HTML, "__init__", listening)
    monkeypatch.setattr(weasyprint.HTML, "write_pdf", lambda *_, **__: b"")
    pdf.render(minimal())
    last = given[-1]
    drawings = re.findall(r"<svg.*?</svg>", last, re.DOTALL)
    assert drawings
    assert not any("var(" in drawing for drawing in drawings)
    assert any("#c24a00" in drawing for drawing in drawings)  # the first arm in light and print; #ff9252 in the dark
    assert not any("#ff9252" in drawing for drawing in drawings)


def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    fetch = weasyprint.urls.URLFetcher.fetch

    def listening(self: object, url: str, *words: object, **named: object) -> object:
        asked.append(url)
        return fetch(self, url, *words, **named)

    monkeypatch.setattr(weasyprint.urls.URLFetcher, "fetch", listening)
    monkeypatch.setattr(pdf.html, "render", lambda *_: poisoned())
    content = pdf.render(minimal())
    assert "http://127.0.0.1:9/a.png" in asked
    assert "file:///etc/hostname" in asked
    assert len(pypdf.PdfReader(io.BytesIO(content)).pages[1].images) == 1, "only the image in the page itself is drawn"


def pixel() -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (2, 2), 128).save(buffer, "PNG")
    return buffer.getvalue()


def poisoned() -> str:
    inline = ShownRecord("r", "c", (), image=pixel()).source
    images = "".join(f'<img src="{where}">' for where in ("http://127.0.0.1:9/a.png", "file:///etc/hostname", inline))
    return f"<html><head><title>t</title></head><body><main><h2>One</h2>{images}</main></body></html>"


def test_records_that_are_shown_are_announced_before_the_verdict_and_names_are_text() -> None:
    record = ShownRecord("digits-0061", SCRIPT, ("most exposed, standard",), values=(("age", SCRIPT), ("town", "Bern")))
    result = named(minimal(), SCRIPT).model_copy(update={"verdict": minimal().verdict})
    texts = pages_of(pdf.render(result, Shown((record,))))
    assert all(plain(f"{SCRIPT} on {SCRIPT}") in text for text in texts)
    notice = plain("This report contains personal data: the content of 1 record.")
    assert texts[0].index(notice) < texts[0].index(plain(minimal().verdict[0]))
    assert plain(SCRIPT) in "".join(texts)
    assert "Bern" in "".join(texts)
    assert notice not in "".join(pages())


@pytest.mark.parametrize("cause", [ImportError("No module named 'weasyprint'"), OSError("cannot load library 'pango'")])
def test_without_its_libraries_one_message_says_what_to_install(
    cause: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Absent:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "weasyprint":
                print("a banner")
                raise cause

    monkeypatch.delitem(sys.modules, "weasyprint")
    monkeypatch.setattr(sys, "meta_path", [Absent(), *sys.meta_path])
    with pytest.raises(UnavailableError) as told:
        BINARY_FORMATS["pdf"].render(minimal(), Extras())
    assert str(cause) in told.value.message
    assert "pip install '.[pdf]'" in told.value.hint
    assert "ango" in told.value.hint
    assert capsys.readouterr().out == ""
