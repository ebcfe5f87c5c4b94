"""The page of a screen as a page of paper, element by element."""

from __future__ import annotations

import re

import pytest

from reports.paper import FEW, MANY, Section, as_paper

try:
    import weasyprint
except (ImportError, OSError) as missing:  # pragma: no cover
    pytest.skip(f"WeasyPrint cannot be loaded: {missing}", allow_module_level=True)

HEAD = (
    "<style>:root { --ink: #111; }\n@media print { :root { --ink: #000; } }\n"
    "body:has(#a:checked) .b { color: red; }</style>"
)


def paper(body: str, cover: str = "") -> str:
    page = f"<html><head><title>t</title>{HEAD}</head><body>{body}</body></html>"
    return as_paper(page, lambda text: weasyprint.HTML(string=text), lambda _: cover, "p { color: blue }", "2025-01-01")


def table(columns: int, rows: int) -> str:
    head = "".join(f"<th>h{k}</th>" for k in range(columns))
    lines = "".join("<tr>" + "".join(f"<td>{r}.{k}</td>" for k in range(columns)) + "</tr>" for r in range(rows))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"


def test_controls_and_scripts_go_and_the_text_around_them_stays() -> None:
    held = paper("<main>before<script>x()</script>after <p>one<input>two<button>press</button>three</p></main>")
    assert "beforeafter" in held
    assert "onetwothree" in held
    assert not re.search("<script|<input|<button|press", held)


def test_the_button_of_a_header_is_its_text() -> None:
    held = paper("<table><thead><tr><th><button>Class</button></th></tr></thead></table>")
    assert re.search(r"<th><span>Class</span></th>", held)


def test_folds_are_open_and_say_their_title_once() -> None:
    titled = "<details><summary>Same</summary><table><caption>Same</caption><tr><td>1</td></tr></table></details>"
    other = "<details><summary>Other</summary><p>text</p></details>"
    held = paper(titled + other)
    assert held.count("<details open") == 2
    assert held.count("Same") == 1
    assert "<summary>Other</summary>" in held


def test_what_depends_on_a_control_is_no_rule_of_paper() -> None:
    held = paper("<p class='b'>x</p>")
    assert ":has(" not in held
    assert held.index("--ink: #000") < held.index("p { color: blue }"), "the style sheet of paper comes last"


def test_drawings_take_the_colours_of_print() -> None:
    held = paper('<svg><path style="fill: var(--ink); stroke: var(--unknown)" /></svg>')
    assert 'style="fill: #000; stroke: #000"' in held


def test_a_table_of_many_columns_and_few_rows_is_turned() -> None:
    held = paper(table(MANY, FEW - 1))
    assert re.search(r"<thead><tr><th>h0</th><td>0.0</td><td>1.0</td><td>2.0</td></tr></thead>", held)
    assert re.search(rf"<tr><th>h{MANY - 1}</th><td>0.{MANY - 1}</td>", held)
    assert held.count("<tr>") == MANY


@pytest.mark.parametrize(("columns", "rows"), [(MANY - 1, 1), (MANY, FEW)])
def test_other_tables_stay_as_they_are(columns: int, rows: int) -> None:
    assert table(columns, rows) in paper(table(columns, rows)).replace(' class="paper-wide"', "")


def test_terms_stand_beside_what_they_mean() -> None:
    held = paper("<dl><dt>A</dt><dd>a <b>x</b></dd><dt>B</dt><dd>b</dd></dl><dl><dt>C</dt><dd>c</dd><dd>d</dd></dl>")
    assert "<tr><th>A</th><td>a <b>x</b></td></tr><tr><th>B</th><td>b</td></tr>" in held
    assert "<dl><dt>C</dt><dd>c</dd><dd>d</dd></dl>" in held, "two meanings of a term fit no row"


def test_the_contents_are_the_headings_and_each_has_an_id() -> None:
    seen: list[tuple[Section, ...]] = []

    def cover(sections: tuple[Section, ...]) -> str:
        seen.append(sections)
        return "<p>cover</p>"

    page = "<html><head></head><body><h2 id='own'>One <b>and</b>\n more</h2><h2>Two</h2><h3>no</h3></body></html>"
    held = as_paper(page, lambda text: weasyprint.HTML(string=text), cover, "", "2025-01-01")
    assert [(one.id, one.title) for one in seen[0]] == [("own", "One and more"), ("paper-1", "Two")]
    assert '<h2 id="paper-1">Two</h2>' in held
    assert re.search(r"<body>\s*<p>cover</p>", held)


def test_what_a_page_holds_stays_escaped() -> None:
    held = paper("<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp;amp;</p>")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp;amp;" in held
