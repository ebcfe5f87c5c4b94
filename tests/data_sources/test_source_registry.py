"""Which reader a source gets, and what is said where there is none."""

from __future__ import annotations

import subprocess
import sys

import pytest

from audit.config import DataConfig
from audit.data import SOURCES, load


def test_the_registry_names_what_can_be_loaded():
    assert {"digits", "longtail"} <= set(SOURCES)
    assert "1906.05271" in SOURCES["longtail"]
    assert all("\n" not in line for line in SOURCES.values())


@pytest.mark.parametrize(
    ("mistaken", "meant"), [("digit", "digits"), ("Longtial", "longtail"), ("long-tail", "longtail")]
)
def test_an_unknown_name_offers_the_nearest(refusal, mistaken, meant):
    error = refusal(mistaken)
    assert f"the nearest: '{meant}'" in error.message
    assert "package.module:function" in error.hint


def test_a_name_like_nothing_offers_nothing(refusal):
    assert "nearest" not in refusal("zebra").message


def test_a_missing_file_offers_its_neighbours(refusal, tmp_path):
    (tmp_path / "customers.csv").write_text("a,b\n1,2\n")
    for name in ("costumers.csv", "customer.csv"):
        assert "the nearest: 'customers.csv'" in refusal(tmp_path / name, label="b").message


def test_a_missing_folder_is_named(refusal, tmp_path):
    assert f"there is no folder {tmp_path / 'nowhere'}" in refusal(tmp_path / "nowhere" / "a.npz").message


@pytest.mark.parametrize("suffix", ["npz", "csv", "parquet"])
def test_an_empty_file_is_said_to_be_empty(refusal, tmp_path, suffix):
    path = tmp_path / f"empty.{suffix}"
    path.touch()
    assert "empty" in refusal(path, label="y" if suffix != "npz" else None).message


def test_a_file_of_another_type_is_named_with_its_type(refusal, tmp_path):
    path = tmp_path / "model.pkl"
    path.write_bytes(b"anything")
    assert "'.pkl'" in refusal(path).message


def test_settings_of_a_table_are_refused_elsewhere_all_of_them(refusal):
    error = refusal("digits", label="y", id="number", groups=("sex",))
    assert all(f"'{name}'" in error.message for name in ("label", "id", "groups"))


def test_a_name_goes_before_a_folder_of_that_name(tmp_path, monkeypatch):
    (tmp_path / "digits").mkdir()
    monkeypatch.chdir(tmp_path)
    assert load(DataConfig(source="digits")).classes == 10


def test_listing_the_sources_imports_no_reader():
    code = "import sys, audit.data; print([m for m in ('torch', 'sklearn', 'polars', 'PIL') if m in sys.modules])"
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert finished.stdout.strip() == "[]"
