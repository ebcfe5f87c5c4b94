"""Published measures are read by place or by id, and what does not fit is named before anything is trained."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny_sources import easy
from typer.testing import CliRunner

from audit.cli import app
from audit.data.base import Dataset
from audit.errors import AuditError
from audit.experiments.published import all_published, published


def numbered(records: int = 6) -> Dataset:
    """Records that are places 10, 9, 8, ... of a larger source."""
    ids = np.array([str(10 - place) for place in range(records)])
    x, y = np.zeros((records, 2), np.float32), np.zeros(records, np.int64)
    return Dataset("numbered", x, y, x[:1], y[:1], ids, ("a",))


def saved(folder: Path, **arrays: np.ndarray) -> str:
    np.savez(folder / "file.npz", **arrays)
    return str(folder / "file.npz")


def test_a_value_is_found_by_the_records_place_in_the_source(tmp_path: Path) -> None:
    file = saved(tmp_path, scores=np.arange(20) * 1.5)
    found = published(f"{file}:scores", "score", numbered())
    np.testing.assert_array_equal(found.value, [15, 13.5, 12, 10.5, 9, 7.5])
    assert (found.title, found.asked) == ("file.npz: scores", "file.npz:scores")


def test_a_value_is_found_by_id_where_the_file_has_ids(tmp_path: Path) -> None:
    ids = np.array(["9", "5", "10", "7", "8", "6", "77"])
    file = saved(tmp_path, scores=np.arange(7.0), ids=ids)
    np.testing.assert_array_equal(published(f"{file}:scores", "score", numbered()).value, [2, 0, 4, 3, 5, 1])


def test_labels_in_dispute_are_those_that_differ(tmp_path: Path) -> None:
    one, other = np.arange(20, dtype=np.uint8), np.arange(20, dtype=np.uint8)
    other[[9, 6]] = 99
    file = saved(tmp_path, clean=one, worse=other)
    found = published(f"{file}:clean:worse", "disagreement", numbered())
    np.testing.assert_array_equal(found.value, [0, 1, 0, 0, 1, 0])


@pytest.mark.parametrize(
    ("asked", "arrays", "said"),
    [
        ("{}", {"scores": np.zeros(20)}, "not of the form FILE.npz:ARRAY"),
        ("{}:score", {"scores": np.zeros(20)}, "there is no array 'score'; the nearest: 'scores'"),
        ("{}:scores", {"scores": np.zeros((20, 2))}, "save one value a record"),
        ("{}:scores", {"scores": np.array(["a"] * 20)}, "save one value a record"),
        ("{}:scores", {"scores": np.zeros(8)}, "it has 8 values"),
        ("{}:scores", {"scores": np.zeros(3), "ids": np.array(["10", "9", "8"])}, "ids lacks 3 of the audited records"),
        ("{}:scores", {"scores": np.array([None] * 20)}, "pickle"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, asked: str, arrays: dict[str, np.ndarray], said: str) -> None:
    file = saved(tmp_path, **arrays)
    with pytest.raises(AuditError) as error:
        published(asked.format(file), "score", numbered())
    assert said in f"{error.value.message} {error.value.hint}"


def test_all_mistakes_are_reported_together(tmp_path: Path) -> None:
    file = saved(tmp_path, scores=np.zeros(20))
    with pytest.raises(AuditError) as error:
        all_published({"score": [f"{file}:score", "absent.npz:a"], "disagreement": [f"{file}:scores"]}, numbered())
    assert all(said in error.value.message for said in ("'score'", "absent.npz", "FILE.npz:ARRAY:ARRAY"))


def test_records_whose_ids_are_no_places_need_ids_in_the_file(tmp_path: Path) -> None:
    file = saved(tmp_path, scores=np.zeros(500))
    with pytest.raises(AuditError, match="no array 'ids'"):
        published(f"{file}:scores", "score", easy())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "nothing to compare with"),
        (["--score", "absent.npz:scores"], "no such file"),
        (["--score", "absent.npz"], "not of the form"),
        (["--run", "absent", "--score", "a.npz:b"], "not a run folder"),
        (["--run", "absent", "--model", "mlp", "--score", "a.npz:b"], "options of another one were given"),
    ],
)
def test_the_command_refuses_before_anything_is_trained(words: list[str], said: str, tmp_path: Path) -> None:
    called = CliRunner().invoke(app, ["experiment", "agreement", *words])
    assert isinstance(called.exception, AuditError)
    assert said in called.exception.message
    assert called.exception.exit_code == 2


def test_the_command_puts_the_answer_into_the_report(tmp_path: Path) -> None:
    records = easy()
    rng = np.random.default_rng(0)
    file = saved(
        tmp_path, scores=rng.random(120), a=rng.integers(0, 2, 120), b=rng.integers(0, 2, 120), ids=records.ids
    )
    audited = ["--data", "tiny_sources:easy", "--model", "linear", "--models", "16", "--workers", "1"]
    words = ["--score", f"{file}:scores", "--disagreement", f"{file}:a:b", "--out", str(tmp_path / "run")]
    called = CliRunner().invoke(app, ["experiment", "agreement", *audited, *words], catch_exceptions=False)
    assert called.exit_code == 0
    assert "trains nothing beyond the audit" in called.stderr
    page = (tmp_path / "run" / "report.html").read_text()
    assert 'id="experiment-agreement"' in page
    assert "file.npz: scores" in page
    assert str(tmp_path) not in page
    again = CliRunner().invoke(
        app, ["experiment", "agreement", "--run", str(tmp_path / "run"), *words[:4], "--json", "-"]
    )
    assert '"agreement": {' in again.stdout
