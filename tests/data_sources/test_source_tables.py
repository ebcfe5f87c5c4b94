"""Tables: every column is used, or its loss is said."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from audit.config import DataConfig
from audit.data import load

RECORDS = 80


def frame(**columns) -> pl.DataFrame:
    """Eighty rows of two numbers, a category and a label; columns given replace or add to them."""
    rng = np.random.default_rng(4)
    base = {
        "age": rng.integers(18, 90, RECORDS),
        "income": rng.lognormal(8, 1, RECORDS),
        "city": np.array(["Rome", "Oslo", "Lima"])[rng.integers(0, 3, RECORDS)],
        "default": np.array(["no", "yes"])[np.arange(RECORDS) % 2],
    }
    return pl.DataFrame(base | columns)


@pytest.fixture
def saved(tmp_path):
    def write(table: pl.DataFrame, suffix: str = "parquet"):
        path = tmp_path / f"people.{suffix}"
        table.write_parquet(path) if suffix == "parquet" else table.write_csv(path)
        return path

    return write


def loaded(path, label="default", **settings):
    return load(DataConfig(source=str(path), label=label, **settings))


def notes(dataset) -> str:
    return "\n".join(dataset.notes)


def audited(dataset) -> np.ndarray:
    return dataset.ids.astype(int)


def test_csv_and_parquet_are_one(saved):
    assert loaded(saved(frame(), "csv")).fingerprint == loaded(saved(frame())).fingerprint


@pytest.mark.parametrize("separator", [";", "\t"])
def test_other_separators_are_seen_in_the_header(tmp_path, saved, separator):
    path = tmp_path / "other.csv"
    frame().write_csv(path, separator=separator)
    assert loaded(path).fingerprint == loaded(saved(frame())).fingerprint


def test_numbers_are_standardised_over_the_records_under_audit_alone(saved):
    table = frame()
    dataset = loaded(saved(table))
    train = audited(dataset)
    test = np.setdiff1d(np.arange(RECORDS), train)
    for k, name in enumerate(("age", "income")):
        values = table[name].to_numpy().astype(float)
        mean = sum(values[train]) / len(train)
        deviation = (sum((values[train] - mean) ** 2) / len(train)) ** 0.5
        np.testing.assert_allclose(dataset.x[:, k], (values[train] - mean) / deviation, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(dataset.x_test[:, k], (values[test] - mean) / deviation, rtol=1e-5, atol=1e-6)
        assert abs(dataset.x[:, k].mean()) < 1e-6
        assert abs(dataset.x[:, k].std() - 1) < 1e-6
        assert abs(dataset.x_test[:, k].mean()) > 1e-3
    assert "2 numeric columns standardised" in notes(dataset)
    assert "No DP guarantee" in notes(dataset)


def test_categories_are_one_hot_in_alphabetical_order(saved):
    table = frame()
    dataset = loaded(saved(table))
    truth = [[float(city == name) for name in ("Lima", "Oslo", "Rome")] for city in table["city"]]
    np.testing.assert_array_equal(dataset.x[:, 2:], np.array(truth)[audited(dataset)])
    assert "'city' (3)" in notes(dataset)


def test_booleans_are_categories_and_small_integers_are_numbers(saved):
    flag, grade = np.arange(RECORDS) % 3 == 0, np.arange(RECORDS) % 4
    dataset = loaded(saved(frame().select("default").with_columns(flag=flag, grade=grade)))
    assert dataset.x.shape[1] == 3
    np.testing.assert_array_equal(dataset.x[:, 1], flag[audited(dataset)])
    np.testing.assert_array_equal(dataset.x[:, 0], 1 - dataset.x[:, 1])
    assert abs(dataset.x[:, 2].std() - 1) < 1e-6


def test_missing_values_are_counted_and_filled_in_from_the_records_under_audit(saved):
    table = frame()
    under_audit = audited(loaded(saved(table)))
    age, city = table["age"].cast(pl.Float64).to_list(), table["city"].to_list()
    for row in under_audit[[3, 7, 20]]:
        age[row] = None
    age[under_audit[21]] = float("nan")
    city[under_audit[5]] = None
    dataset = loaded(saved(frame(age=age, city=city)))
    train = audited(dataset)
    present = [age[row] for row in train if age[row] is not None and age[row] == age[row]]
    median = float(np.median(present))
    kept = [city[row] for row in train if city[row]]
    mode = max(sorted(set(kept)), key=kept.count)
    assert f"'age' 4 (now the median {median:g})" in notes(dataset)
    assert f"'city' 1 (now the most frequent value '{mode}')" in notes(dataset)
    filled = np.array([median if v is None or v != v else v for v in age])
    expected = (filled - filled[train].mean()) / filled[train].std()
    np.testing.assert_allclose(dataset.x[:, 0], expected[train], rtol=1e-5, atol=1e-6)
    assert dataset.x.shape[1] == 5
    assert (dataset.x[:, 2:].sum(axis=1) == 1).all()


def test_missing_values_of_a_csv_file_are_understood(tmp_path):
    path = tmp_path / "gaps.csv"
    rows = "\n".join(f"{'?' if k == 3 else 'NA' if k == 4 else '' if k == 5 else k * 1.5},{k % 2}" for k in range(40))
    path.write_text(f"a,b\n{rows}\n")
    dataset = loaded(path, label="b")
    assert dataset.x.shape[1] == 1
    assert "'a' 3 (now the median" in notes(dataset)


def test_a_category_of_test_records_alone_is_zeros_and_counted(saved):
    held = sorted(set(range(RECORDS)) - set(audited(loaded(saved(frame()))).tolist()))
    city = frame()["city"].to_list()
    city[held[0]] = "Quito"
    dataset = loaded(saved(frame(city=city)))
    assert (dataset.x_test[0, 2:] == 0).all()
    assert (dataset.x_test[1:, 2:].sum(axis=1) == 1).all()
    assert "encoded as zeros: 'city' 1" in notes(dataset)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (["same"] * RECORDS, "constant"),
        ([7] * RECORDS, "constant"),
        ([None] * RECORDS, "neither a number nor a category"),
        ([f"person {k}" for k in range(RECORDS)], "80 distinct texts in 80 records"),
        (list(range(100, 100 + RECORDS)), "numbers the records"),
        ([[1, 2]] * RECORDS, "neither a number nor a category"),
    ],
)
def test_a_useless_column_is_dropped_and_said(saved, values, reason):
    with_it, without = loaded(saved(frame(extra=values))), loaded(saved(frame()))
    np.testing.assert_array_equal(with_it.x, without.x)
    assert "'extra'" in notes(with_it)
    assert reason in notes(with_it)
    assert "dropped" not in notes(without)


def test_distinct_numbers_that_leave_gaps_are_a_feature(saved):
    assert loaded(saved(frame(extra=[k * k for k in range(RECORDS)]))).x.shape[1] == 6


def test_ids_and_groups_follow_their_records(saved):
    table = frame(key=[f"k{k}" for k in range(RECORDS)])
    dataset = loaded(saved(table), id="key", groups=("city", "age"))
    row = [int(name[1:]) for name in dataset.ids]
    held = np.setdiff1d(np.arange(RECORDS), row)
    assert dataset.groups["city"].tolist() == table["city"].gather(row).to_list()
    assert dataset.test_groups["city"].tolist() == table["city"].gather(held).to_list()
    assert dataset.groups["age"].tolist() == [str(v) for v in table["age"].gather(row)]
    np.testing.assert_array_equal(dataset.x, loaded(saved(frame())).x)


@pytest.mark.parametrize(
    ("values", "names"),
    [
        (["no", "yes"], ("no", "yes")),
        ([10, 9], ("9", "10")),
        ([True, False], ("false", "true")),
        ([2.0, 1.0], ("1", "2")),
    ],
)
def test_classes_are_the_sorted_labels(saved, values, names):
    label = [values[k % 2] for k in range(RECORDS)]
    dataset = loaded(saved(frame(default=label)))
    assert dataset.class_names == names
    sign = 1 if [str(v).lower().removesuffix(".0") for v in values] == list(names) else 0
    np.testing.assert_array_equal(dataset.y, audited(dataset) % 2 if sign else 1 - audited(dataset) % 2)


@pytest.mark.parametrize("dtype", [pl.Float64, pl.Float32, pl.Decimal(12, 3)])
def test_a_continuous_label_is_refused(refusal, saved, dtype):
    table = frame().with_columns(pl.col("income").cast(dtype))
    assert "'income' looks continuous: 80 distinct values" in refusal(saved(table), label="income").message


def test_an_infinite_label_is_refused(refusal, saved):
    label = [0.0, 1.0] * 39 + [1.0, np.inf]
    assert (
        "looks continuous: 3 distinct values, such as inf"
        in refusal(saved(frame(default=label)), label="default").message
    )


def test_a_label_of_another_kind_is_refused(refusal, saved):
    table = frame().with_columns(when=pl.date_range(pl.date(2020, 1, 1), pl.date(2020, 3, 20), eager=True))
    assert "label column 'when' is of type Date" in refusal(saved(table), label="when").message


def test_no_label_is_asked_for_with_the_columns_there_are(refusal, saved):
    error = refusal(saved(frame()))
    assert "'age', 'income', 'city', 'default'" in error.message
    assert "--label" in error.hint


def test_all_columns_that_are_not_there_are_named_with_the_nearest(refusal, saved):
    error = refusal(saved(frame()), label="defualt", id="ID", groups=("City", "sex"))
    assert "no column 'defualt'; the nearest: 'default'" in error.message
    assert "no column 'ID'" in error.message
    assert "no column 'City'; the nearest: 'city'" in error.message
    assert "no column 'sex'" in error.message


def test_wrong_names_do_not_hide_wrong_values(refusal, saved):
    income = frame()["income"].to_numpy().copy()
    income[[4, 9]] = np.inf, -np.inf
    label = ["no", "yes"] * 39 + [None, "maybe"]
    error = refusal(saved(frame(income=income, default=label)), label="default", groups=("sex",))
    assert "no column 'sex'" in error.message
    assert "'income' is infinite or beyond float32 in 2 rows, first in row 4" in error.message
    assert "label column 'default' lacks a value in 1 row, first in row 78" in error.message


def test_duplicate_and_missing_ids_are_refused(refusal, saved):
    twice = [f"k{k % 79}" for k in range(RECORDS)]
    assert (
        "1 id given to more than one record: 'k0'"
        in refusal(saved(frame(key=twice)), label="default", id="key").message
    )
    gap = ["a", None, *map(str, range(78))]
    assert (
        "id column 'key' lacks a value in 1 row, first in row 1"
        in refusal(saved(frame(key=gap)), label="default", id="key").message
    )


def test_a_rare_class_is_named(refusal, saved):
    label = ["no"] * 70 + ["yes"] * 7 + ["maybe"] * 3
    assert "'maybe' (3)" in refusal(saved(frame(default=label)), label="default").message


def test_one_column_cannot_be_label_and_id(refusal, saved):
    assert "both the label and the id" in refusal(saved(frame()), label="city", id="city").message


def test_a_table_of_texts_alone_has_no_feature(refusal, saved):
    table = frame(text=[f"message {k}" for k in range(RECORDS)]).select("text", "default")
    error = refusal(saved(table), label="default")
    assert "no column is left as a feature" in error.message
    assert "80 distinct texts" in error.message


@pytest.mark.parametrize("content", [b"\x00\x01garbage" * 30, b"PAR1" + b"\xff" * 200 + b"PAR1"])
def test_a_damaged_parquet_file(refusal, tmp_path, content):
    path = tmp_path / "t.parquet"
    path.write_bytes(content)
    assert "cannot be read as a table" in refusal(path, label="y").message


def test_a_csv_file_with_rows_of_other_lengths(refusal, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2\n3,4,5\n")
    assert "cannot be read as a table" in refusal(path, label="b").message


def test_a_table_without_rows(refusal, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n")
    assert "0 records" in refusal(path, label="b").message
