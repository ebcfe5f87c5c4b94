"""A function of the person's own: imported from the working directory, called, and not trusted."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest

from audit.config import DataConfig
from audit.data import Dataset, load

MODULE = """
import numpy as np
from audit.data import Dataset
from audit.errors import DataError

NUMBER = 3
rng = np.random.default_rng(0)

def make(**changes):
    given = dict(name="mine", x=rng.normal(size=(40, 3)).astype(np.float32), y=np.arange(40) % 2,
                 x_test=np.zeros((4, 3), np.float32), y_test=np.array([0, 1, 0, 1]),
                 ids=np.array([f"r{k}" for k in range(40)]), class_names=("no", "yes"),
                 groups={"half": np.repeat(["a", "b"], 20)}, test_groups={"half": np.array(list("abab"))},
                 notes=("made here",))
    return Dataset(**(given | changes))

def without_test(): return make(x_test=np.zeros((0, 3)), y_test=np.zeros(0, int), test_groups={})
def lists(): return make(ids=[f"r{k}" for k in range(40)], y=[k % 2 for k in range(40)])
def wrong_type(): return make().x
def fails(): raise KeyError("column")
def refuses(): raise DataError("no disk", "plug it in")
def bad(): return make(y=np.full(40, 2), ids=np.repeat("r", 40), test_groups={}, x=np.full((39, 3), np.nan))
def unnamed_class(): return make(class_names=("no", "yes", "maybe"))
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A working directory with a module of the person's own, importable by nothing but being there."""
    (tmp_path / "my_records.py").write_text(MODULE)
    (tmp_path / "my_broken_module.py").write_text("import no_such_library")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield
    for name in ("my_records", "my_broken_module"):
        sys.modules.pop(name, None)


@pytest.mark.usefixtures("here")
class TestImported:
    def test_a_function_in_the_working_directory_is_found(self):
        dataset = load(DataConfig(source="my_records:make"))
        assert (dataset.name, dataset.records, dataset.class_names) == ("mine", 40, ("no", "yes"))
        assert dataset.test_groups["half"].tolist() == list("abab")
        assert "made here" in dataset.notes

    def test_a_data_set_without_test_records_lends_some(self):
        dataset = load(DataConfig(source="my_records:without_test"))
        assert (dataset.records, len(dataset.y_test)) == (32, 8)
        for name, half in zip(dataset.ids, dataset.groups["half"], strict=True):
            assert half == ("a" if int(name[1:]) < 20 else "b")
        assert len(dataset.test_groups["half"]) == 8

    def test_lists_do_as_well_as_arrays(self):
        assert load(DataConfig(source="my_records:lists")).ids.dtype.kind == "U"

    @pytest.mark.parametrize(
        ("source", "said"),
        [
            ("no_such_module:make", "module 'no_such_module' does not import: ModuleNotFoundError"),
            ("my_broken_module:make", "No module named 'no_such_library'"),
            ("my_records:mkae", "does not exist; the nearest: 'make'"),
            ("my_records:NUMBER", "'NUMBER' of module 'my_records' is not callable"),
            ("my_records:wrong_type", "returned numpy.ndarray, not audit.data.Dataset"),
            ("my_records:fails", "failed: KeyError: 'column'"),
            ("my_records:unnamed_class", "1 class with fewer than 4 records: 'maybe' (0)"),
        ],
    )
    def test_what_goes_wrong_is_named(self, refusal, source, said):
        assert said in refusal(source).message

    def test_an_error_of_this_project_passes_as_it_is(self):
        with pytest.raises(Exception, match="no disk") as caught:
            load(DataConfig(source="my_records:refuses"))
        assert (caught.value.message, caught.value.hint) == ("no disk", "plug it in")

    def test_a_bad_data_set_is_refused_with_all_that_is_wrong(self, refusal):
        message = refusal("my_records:bad").message
        for what in ("NaN", "y runs from 2 to 2, but 2 classes are named", "x has 39, y has 40", "'r'", "'half'"):
            assert what in message


def given() -> Dataset:
    rng = np.random.default_rng(0)
    text = np.array(list("ab") * 8)
    x, y = rng.normal(size=(16, 3)).astype(np.float32), np.arange(16) % 2
    ids = np.array([str(k) for k in range(16)])
    return Dataset("d", x, y, x[:4], y[:4], ids, ("0", "1"), {"g": text}, {"g": text[:4]})


def changed(array: np.ndarray) -> np.ndarray:
    other = array.copy()
    other[1] = array[0] if array[0].tolist() != array[1].tolist() else array[2]
    return other


@pytest.mark.parametrize("part", ["x", "y", "ids", "x_test", "y_test"])
def test_the_fingerprint_changes_with_every_array(part):
    dataset = given()
    other = replace(dataset, **{part: changed(getattr(dataset, part))})
    assert other.fingerprint != dataset.fingerprint == given().fingerprint


def test_the_fingerprint_changes_with_groups_their_names_and_shapes():
    dataset = given()
    others = [
        replace(dataset, groups={"g": changed(dataset.groups["g"])}),
        replace(dataset, test_groups={"g": changed(dataset.test_groups["g"])}),
        replace(dataset, groups={"h": dataset.groups["g"]}),
        replace(dataset, x=dataset.x.reshape(16, 3, 1)),
    ]
    assert len({other.fingerprint for other in [dataset, *others]}) == 5


def test_the_fingerprint_does_not_depend_on_the_layout_in_memory():
    dataset = given()
    assert replace(dataset, x=np.asfortranarray(dataset.x)).fingerprint == dataset.fingerprint
