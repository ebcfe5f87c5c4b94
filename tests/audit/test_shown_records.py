"""The content of listed records: read anew from the source of the run, on request, and never of other records."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

from audit.data import load
from audit.errors import ConfigError, PoolError
from audit.folder import RunFolder
from audit.pipeline import run
from audit.render import refuse_terminal, rendered_bytes
from audit.settings import resolve
from audit.shown_records import shown_records
from reports.formats import BINARY_FORMATS, Extras, Format, UnavailableError
from reports.result import AuditResult, Estimate, InfluencePair
from reports.shown import MOST_COLUMNS, Shown, ShownRecord

RECORDS = 80
POISON = "<script>alert('x')</script>"
SMALL = {"model": "linear", "pool": {"models": 4}, "standard": {"epochs": 2}, "workers": 1}


def audited(folder: Path, **data: object) -> RunFolder:
    run(resolve({"data": data, **SMALL}), folder)
    return RunFolder(folder)


def people() -> pl.DataFrame:
    rng = np.random.default_rng(0)
    return pl.DataFrame(
        {
            "who": [f"{POISON}{k}" for k in range(RECORDS)],
            "town": [POISON if k % 3 else "Bern & <b>Biel</b>" for k in range(RECORDS)],
            "age": rng.integers(20, 90, RECORDS),
            "free": [f"note {k}" for k in range(RECORDS)],
            "ill": [POISON if k % 2 else "no" for k in range(RECORDS)],
        }
    )


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A finished audit of a table whose names, ids, labels and values are HTML."""
    folder = tmp_path_factory.mktemp("table")
    people().write_csv(folder / "people.csv")
    return audited(folder / "run", source=str(folder / "people.csv"), label="ill", id="who")


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A finished audit of images, one byte a pixel, in colour."""
    folder = tmp_path_factory.mktemp("images")
    np.savez(folder / "pictures.npz", x=pictures(), y=np.arange(RECORDS) % 2)
    return audited(folder / "run", source=str(folder / "pictures.npz"))


def pictures() -> np.ndarray:
    """Red, green and blue, [records, 6, 5, 3]."""
    return np.random.default_rng(1).integers(0, 256, (RECORDS, 6, 5, 3), dtype=np.uint8)


def listed(folder: RunFolder) -> set[str]:
    result = folder.result()
    return {row.id for arm in result.arms for row in (*arm.most_memorized, *arm.most_exposed)}


def test_rows_of_a_table_are_shown_as_they_are_on_disk(table: RunFolder) -> None:
    shown = shown_records(table, table.result())
    rows = {row["who"]: row for row in people().iter_rows(named=True)}
    assert {record.id for record in shown.records} == listed(table)
    for record in shown.records:
        row = rows[record.id]
        assert record.values == (("town", row["town"]), ("age", str(row["age"])))
        assert record.class_name == row["ill"]
    assert "free" not in shown.columns, "no model saw it"


def test_every_record_is_shown_once_with_every_list_that_it_is_in(table: RunFolder) -> None:
    shown, result = shown_records(table, table.result()), table.result()
    assert len({record.id for record in shown.records}) == len(shown.records)
    both = {row.id for row in result.arms[0].most_memorized} & {row.id for row in result.arms[0].most_exposed}
    assert both
    for record in shown.records:
        assert (len(record.listed) == 2) == (record.id in both)


def test_images_are_shown_pixel_by_pixel(images: RunFolder) -> None:
    shown = shown_records(images, images.result())
    assert shown.records
    for record in shown.records:
        drawn = Image.open(io.BytesIO(record.image or b""))
        assert (drawn.mode, drawn.size, record.size) == ("RGB", (5, 6), (5, 6))
        np.testing.assert_array_equal(np.asarray(drawn), pictures()[int(record.id)])
    assert shown.note == ""


def with_pair(folder: RunFolder) -> tuple[AuditResult, str]:
    """The result with one high-influence pair: its first listed record and the fourth test record."""
    result = folder.result()
    arm = result.arms[0]
    row = arm.most_memorized[0]
    found = Estimate(value=0.5, low=0.25, high=0.75, confidence=0.95, method="", n=4)
    pair = InfluencePair(train_id=row.id, test_index=3, class_name=row.class_name, memorization=found, influence=found)
    assert arm.influence is not None
    influence = arm.influence.model_copy(update={"listed": (pair,)})
    return result.model_copy(update={"arms": (arm.model_copy(update={"influence": influence}),)}), row.id


def test_a_high_influence_pair_shows_the_training_record_and_the_test_record(images: RunFolder) -> None:
    result, name = with_pair(images)
    shown, dataset = shown_records(images, result), load(images.config().data)
    (pair,) = shown.pairs
    train, test = (np.asarray(Image.open(io.BytesIO(one.image or b""))) for one in (pair.train, pair.test))
    np.testing.assert_array_equal(train, pictures()[int(name)])
    np.testing.assert_array_equal(test, np.rint(255 * np.moveaxis(dataset.x_test[3], 0, 2)))
    assert (pair.train.id, pair.test.id, pair.influence) == (name, "3", "0.50 (0.25 to 0.75)")


def test_the_notice_counts_test_records_that_are_shown_too(images: RunFolder) -> None:
    result, _ = with_pair(images)
    shown = shown_records(images, result)
    assert f"the content of {len(shown.records) + 1} records" in shown.notice
    page = rendered_bytes(result, "html", Extras(shown)).decode()
    assert page.count('class="pair') == 2  # the pair, and the grid that it stands in
    assert shown.pairs[0].test.source in page


def test_pairs_of_rows_and_of_vectors_are_not_drawn(table: RunFolder) -> None:
    result, _ = with_pair(table)
    assert shown_records(table, result).pairs == ()


def test_vectors_are_shown_feature_by_feature(tmp_path: Path) -> None:
    x = np.random.default_rng(2).normal(size=(RECORDS, 130))
    np.savez(tmp_path / "vectors.npz", x=x, y=np.arange(RECORDS) % 2)
    folder = audited(tmp_path / "run", source=str(tmp_path / "vectors.npz"))
    shown = shown_records(folder, folder.result())
    first = shown.records[0]
    assert first.values[0] == ("feature 0", f"{np.float32(x[int(first.id), 0]):g}")
    assert len(first.values) == 100
    assert shown.note == "Of 130 features, the first 100 are shown."
    assert shown.columns == ()


def test_a_source_with_other_records_shows_none(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    people().write_csv(file)
    folder = audited(tmp_path / "run", source=str(file), label="ill", id="who")
    people().with_columns(age=pl.col("age") + 1).with_columns(
        age=pl.when(pl.col("age") > 50).then(0).otherwise(pl.col("age"))
    ).write_csv(file)
    with pytest.raises(PoolError, match="holds other records") as told:
        shown_records(folder, folder.result())
    assert "--show-records" in told.value.hint


def test_models_that_were_trained_elsewhere_have_no_source(table: RunFolder, tmp_path: Path) -> None:
    with pytest.raises(PoolError, match="trained elsewhere"):
        shown_records(RunFolder(tmp_path), table.result())


def test_a_page_says_first_that_it_holds_personal_data_and_escapes_it(table: RunFolder) -> None:
    result = table.result()
    shown = shown_records(table, result)
    page = rendered_bytes(result, "html", Extras(shown)).decode()
    notice = f"This report contains personal data: the content of {len(shown.records)} records."
    assert page.index(notice) < page.index('class="verdict"')
    assert POISON not in page
    assert "Bern &amp; &lt;b&gt;Biel&lt;/b&gt;" in page
    assert "their content is nowhere in this report" not in page


def test_a_page_holds_images_as_data_and_asks_for_nothing(images: RunFolder) -> None:
    result = images.result()
    page = rendered_bytes(result, "html", Extras(shown_records(images, result))).decode()
    sources = re.findall(r'<img src="([^"]*)"[^>]*image-rendering: pixelated', page)
    assert len(sources) == len(listed(images))
    assert all(source.startswith("data:image/png;base64,") for source in sources)


def test_without_the_request_no_content_is_there(table: RunFolder) -> None:
    page = table.html_file.read_text()
    assert "personal data" not in page
    assert "Bern" not in page
    assert "their content is nowhere in this report" in page


def test_many_columns_are_listed_and_few_are_a_table() -> None:
    few = ShownRecord("a", "c", (), values=tuple((f"v{k}", "1") for k in range(MOST_COLUMNS)))
    more = ShownRecord("b", "c", (), values=(*few.values, ("last", "1")))
    assert Shown((few,)).columns[-1] == f"v{MOST_COLUMNS - 1}"
    assert Shown((few, more)).columns == ()
    assert Shown((few,)).notice.endswith("the content of 1 record.")


def test_formats_without_a_place_for_content_refuse_it(table: RunFolder) -> None:
    with pytest.raises(ConfigError, match="markdown") as told:
        rendered_bytes(table.result(), "markdown", Extras(Shown(())))
    assert "pdf" in told.value.hint


def test_bytes_go_to_no_terminal() -> None:
    with pytest.raises(ConfigError, match="no terminal can show") as told:
        refuse_terminal("pdf", to_terminal=True)
    assert told.value.hint == "name a file: -o report.pdf"
    refuse_terminal("pdf", to_terminal=False)
    refuse_terminal("html", to_terminal=True)


def test_an_unknown_format_is_told_from_all_of_them(table: RunFolder) -> None:
    for shown in (None, Shown(())):
        with pytest.raises(ConfigError, match="--format pfd: no such format") as told:
            rendered_bytes(table.result(), "pfd", Extras(shown))
        assert "pdf" in told.value.message


def test_a_missing_library_is_one_message_and_exit_code_2(table: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(*_: object) -> bytes:
        raise UnavailableError("no Pango", "install it")

    monkeypatch.setitem(BINARY_FORMATS, "pdf", Format("pdf", ".pdf", "", absent))
    with pytest.raises(ConfigError) as told:
        rendered_bytes(table.result(), "pdf")
    assert (told.value.message, told.value.hint, told.value.exit_code) == ("no Pango", "install it", 2)


def test_text_and_bytes_are_both_bytes_of_a_file(table: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BINARY_FORMATS, "pdf", Format("pdf", ".pdf", "", lambda *_: b"%PDF"))
    assert rendered_bytes(table.result(), "json") == table.result_file.read_bytes()
    assert rendered_bytes(table.result(), "pdf") == b"%PDF"
