"""A finished run is what it was: one byte turned anywhere is found and named, and nothing is found where all fits."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from worlds import gaussian_world

from audit.cli import main
from audit.errors import PoolError
from audit.integrity import FILE, verify, write_digests

Call = Callable[..., tuple[int, str, str]]
SHARD = "arms/standard/models-00000-00001.safetensors"
KINDS = ("config.yaml", "index.npz", "layout.json", "records.parquet", "report.html", "result.json", FILE)
KINDS += ("arms/standard/arm.json", SHARD)


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    def called(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["audit", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), *capsys.readouterr()

    return called


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from audit.pipeline import run
    from audit.settings import resolve

    folder = tmp_path_factory.mktemp("runs") / "done"
    asked = {"data": {"source": "tiny_sources:easy"}, "model": "linear", "pool": {"models": 8}, "workers": 1}
    run(resolve({**asked, "standard": {"epochs": 3}, "stack": 2}), folder)
    return folder


@pytest.fixture
def copy(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "run"))


def flip(path: Path, at: float) -> None:
    """Turn the lowest bit of the byte at this share of the file."""
    content = bytearray(path.read_bytes())
    content[int(at * (len(content) - 1))] ^= 1
    path.write_bytes(bytes(content))


def test_everything_fits_after_a_run(finished: Path, call: Call) -> None:
    found = verify(finished)
    assert (found.misfits, found.shards) == ((), 4)
    assert found.files == 7 + 4  # config, index, layout, records, report, result, arm; shards
    code, out, _ = call("verify", finished)
    assert code == 0
    assert "Everything fits" in out


@pytest.mark.parametrize("at", [0.0, 0.03, 0.31, 0.77, 1.0])
@pytest.mark.parametrize("kind", KINDS)
def test_a_byte_turned_in_any_kind_of_file_is_found_and_named(copy: Path, kind: str, at: float, call: Call) -> None:
    flip(copy / kind, at)
    code, out, _ = call("verify", copy)
    assert code == 1
    shown = "".join(out.split())
    assert Path(kind).name in shown
    assert "whattodo:" in shown
    others = [name for name in KINDS if name not in (kind, FILE)]
    assert not any(f"{name}isnotthefile" in shown for name in others)


@pytest.mark.parametrize("kind", KINDS[:-1])
def test_a_file_that_is_gone_is_named(copy: Path, kind: str) -> None:
    (copy / kind).unlink()
    if kind == FILE:
        with pytest.raises(PoolError, match="recorded none"):
            verify(copy)
    else:
        assert [misfit.what for misfit in verify(copy).misfits] == [f"{kind} is missing"]


def test_a_shard_is_not_only_the_same_file_but_has_the_content_and_the_key_that_were_recorded(copy: Path) -> None:
    """Its file's digest is forged along with it: the digest of its content and its key still tell."""
    held = load_file(copy / SHARD)
    held["phi"] = held["phi"] + 1
    save_file(held, copy / SHARD, metadata=metadata_of(copy / SHARD))
    forge(copy, SHARD)
    assert [misfit.what for misfit in verify(copy).misfits] == [f"the shard {copy / SHARD} does not match its digest"]
    other = copy / "arms/standard/models-00002-00003.safetensors"
    save_file(load_file(other), other, metadata={**metadata_of(other), "key": "0" * 64})
    forge(copy, str(other.relative_to(copy)))
    assert "other settings" in " ".join(misfit.what for misfit in verify(copy).misfits)
    assert all("--repair" in misfit.remedy for misfit in verify(copy).misfits)


def metadata_of(path: Path) -> dict[str, str]:
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        return dict(file.metadata())


def forge(folder: Path, name: str) -> None:
    """Give a changed file a digest that fits."""
    content = json.loads((folder / FILE).read_text())
    content["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    del content["digest"]
    content["digest"] = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    (folder / FILE).write_text(json.dumps(content))


def test_a_result_of_another_pool_is_found_though_every_file_has_its_digest(copy: Path) -> None:
    result = json.loads((copy / "result.json").read_text())
    result["provenance"]["digests"] |= {"arm standard": "0" * 64, "data": "1" * 64}
    (copy / "result.json").write_text(json.dumps(result))
    write_digests(copy)
    found = " ".join(misfit.what for misfit in verify(copy).misfits)
    assert "another pool of arm standard" in found
    assert "other records than arm standard" in found


def test_a_key_that_is_not_the_digest_of_its_settings_is_found(copy: Path) -> None:
    path = copy / "arms/standard/arm.json"
    content = json.loads(path.read_text())
    content["shaped_by"]["seed"] = 99
    path.write_text(json.dumps(content))
    write_digests(copy)
    assert [misfit.what.split(":")[1] for misfit in verify(copy).misfits] == [
        " its key is not the digest of the settings beside it"
    ]


def test_a_shard_that_came_later_is_named(copy: Path) -> None:
    shutil.copy(copy / SHARD, copy / "arms/standard/models-00008-00009.safetensors")
    assert [misfit.what for misfit in verify(copy).misfits] == [
        "arms/standard/models-00008-00009.safetensors was added after the last analysis"
    ]


def test_what_is_no_run_or_has_no_digests_is_bad_input(copy: Path, call: Call, tmp_path: Path) -> None:
    (copy / FILE).unlink()
    for folder, said in ((copy, "recorded none"), (tmp_path / "none", "no such"), (tmp_path, "no finished audit")):
        code, _, err = call("verify", folder)
        assert code == 2
        assert said in " ".join(err.split())
        assert "what to do:" in err


def test_the_next_run_records_digests_that_fit_again(copy: Path) -> None:
    from audit.pipeline import run
    from audit.settings import checked, read_yaml

    config = checked(read_yaml(copy / "config.yaml"))
    flip(copy / "report.html", 0.5)
    assert verify(copy).misfits
    run(config, copy)
    assert verify(copy).misfits == ()


def test_a_scored_file_s_folder_is_verified_too(tmp_path: Path) -> None:
    from audit.scoring import score

    world = gaussian_world(8, 60, 1.0, 0)
    np.savez(tmp_path / "x.npz", membership=world.membership, phi=world.phi, correct=world.correct)
    score(tmp_path / "x.npz", tmp_path / "out", ("loss",), "loss")
    assert verify(tmp_path / "out").misfits == ()
    flip(tmp_path / "out" / "records.parquet", 0.5)
    (misfit,) = verify(tmp_path / "out").misfits
    assert misfit.what.startswith("records.parquet is not the file")
    assert "audit score" in misfit.remedy


def test_a_one_run_folder_is_verified_too(tmp_path: Path) -> None:
    from audit.one_run import one_run
    from audit.settings import resolve

    asked = {"data": {"source": "tiny_sources:easy"}, "model": "linear", "standard": {"epochs": 1}}
    one_run(resolve({**asked, "canaries": {"count": 20}}), tmp_path / "one")
    found = verify(tmp_path / "one")
    assert (found.misfits, found.shards) == ((), 1)
    flip(tmp_path / "one" / "one-run.json", 0.5)
    (misfit,) = verify(tmp_path / "one").misfits
    assert misfit.what.startswith("one-run.json is not the file")
    assert "audit one-run" in misfit.remedy
