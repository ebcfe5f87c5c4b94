"""A result says how to repeat it, and nothing of the machine's folders or of whose they are."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from worlds import gaussian_world

from audit.cli_options import given
from audit.config import AuditConfig
from audit.provenance import command_of, shown_config, shown_path
from audit.render import rendered
from audit.settings import checked, read_yaml, resolve
from reports.formats import FORMATS

USER = "alice-in-the-home-folder"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("digits", "digits"),
        ("data/patients.csv", "data/patients.csv"),
        ("package.module:function", "package.module:function"),
        ("a:made", "a:made"),
        (f"/home/{USER}/patients.csv", "patients.csv"),
        (f"/home/{USER}/images/", "images"),
        (f"~/{USER}/patients.csv", "patients.csv"),
        (f"~{USER}", "FOLDER"),
        ("~", "FOLDER"),
        ("/", "FOLDER"),
        ("..", "FOLDER"),
        (f"../../{USER}/patients.csv", "patients.csv"),
        (f"data/../../{USER}/x.csv", "x.csv"),
        (f"C:\\Users\\{USER}\\x.csv", "x.csv"),
    ],
)
def test_a_path_is_shown_as_typed_unless_it_names_the_machine_s_folders(given: str, shown: str) -> None:
    assert shown_path(given) == shown


def table(folder: Path) -> Path:
    rng, records = np.random.default_rng(0), 60
    folder.mkdir(parents=True)
    columns = {f"x{i}": rng.normal(size=records) for i in range(3)}
    pl.DataFrame({**columns, "y": np.arange(records) % 2}).write_csv(folder / "patients.csv")
    x, y = rng.normal(size=(20, 3)).astype(np.float32), np.arange(20) % 2
    np.savez(folder / "canaries.npz", x=x, y=y)
    return folder / "patients.csv"


def test_no_report_names_a_folder_of_the_machine_and_the_run_s_own_config_does(tmp_path: Path) -> None:
    from audit.pipeline import run

    file = table(tmp_path / USER / "data")
    asked = {"data": {"source": str(file), "label": "y"}, "model": "linear", "pool": {"models": 4}, "workers": 1}
    canaries = {"count": 20, "kind": str(file.parent / "canaries.npz"), "cost_models": 0}
    folder = tmp_path / USER / "run"
    result = run(resolve({**asked, "standard": {"epochs": 1}, "canaries": canaries}), folder)
    reports = {name: rendered(result, name) for name in FORMATS}
    reports |= {path.name: path.read_text() for path in (folder / "result.json", folder / "report.html")}
    for name, text in reports.items():
        assert USER not in text, name
        assert str(tmp_path) not in text, name
    assert "--data patients.csv" in result.provenance.command
    assert result.provenance.config["data"]["source"] == "patients.csv"  # type: ignore[index]
    assert str(file) in (folder / "config.yaml").read_text()
    assert checked(read_yaml(folder / "config.yaml")).canaries.kind == canaries["kind"]
    assert run(checked(read_yaml(folder / "config.yaml")), folder).arms[0].models == 4, "it goes on"


def test_a_scored_file_s_folder_is_not_named(tmp_path: Path) -> None:
    from audit.scoring import score

    world = gaussian_world(8, 60, 1.0, 0)
    folder = tmp_path / USER
    folder.mkdir()
    np.savez(folder / "x.npz", membership=world.membership, phi=world.phi, correct=world.correct)
    result = score(folder / "x.npz", folder / "out", ("loss",), "loss")
    for name in FORMATS:
        assert USER not in rendered(result, name), name
    assert shlex.split(result.provenance.command)[2] == "x.npz"


def test_a_one_run_s_result_names_no_folder(tmp_path: Path) -> None:
    from audit.one_run import one_run

    file = table(tmp_path / USER)
    asked = {"data": {"source": str(file), "label": "y"}, "model": "linear", "standard": {"epochs": 1}}
    one_run(resolve({**asked, "canaries": {"count": 20}}), tmp_path / USER / "one")
    text = (tmp_path / USER / "one" / "one-run.json").read_text()
    assert USER not in text
    assert "--data patients.csv" in json.loads(text)["provenance"]["command"]


def asked_by(command: str, config_file: Path) -> AuditConfig:
    """The config that a command asks for, read by a parser of its own."""
    words = shlex.split(command)
    assert words[:2] == ["audit", "run"]
    pairs, rest = {}, words[2:]
    while rest:
        name = rest.pop(0)
        pairs.setdefault(name, []).append("" if name == "--controls" else rest.pop(0))
    one = {name: values[0] for name, values in pairs.items()}
    flags = {
        "data": {"source": one["--data"], "label": one.get("--label"), "groups": pairs.get("--group")},
        "model": one["--model"],
        "pool": {"models": int(one["--models"]), "seed": int(one["--seed"])},
        "dp": {"epsilons": [float(e) for e in pairs.get("--dp-eps", [])] or None},
        "controls": True if "--controls" in one else None,
        "canaries": {
            "kind": one.get("--canary-kind"),
            "count": int(one["--canaries"]) if "--canaries" in one else None,
        },
    }
    return resolve(given(flags), str(config_file) if "--config" in one else None)


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"model": "mlp", "dp": {"epsilons": [8.0, 1.0]}, "controls": True, "pool": {"models": 16, "seed": 5}},
        {"canaries": {"count": 50, "kind": "blank"}},
        {"model": "mlp", "standard": {"epochs": 3}},
        {"pool": {"views": ["plain", "mirror"]}},
        {"analysis": {"headline": "lira-online"}},
        {"canaries": {"count": 50, "seed": 9}},
    ],
)
def test_the_command_with_the_config_that_it_names_asks_for_the_same_audit(asked: dict, tmp_path: Path) -> None:
    from audit.settings import as_yaml

    config = checked(asked)
    (tmp_path / "config.yaml").write_text(as_yaml(config))
    assert asked_by(command_of(config), tmp_path / "config.yaml") == config


def test_the_config_file_is_named_only_where_flags_do_not_say_all() -> None:
    assert "--config" not in command_of(checked({"model": "mlp", "dp": {"epsilons": [8.0]}}))
    assert "--config config.yaml" in command_of(checked({"model": "mlp", "standard": {"epochs": 3}}))


def test_where_a_model_is_trained_and_in_what_stacks_is_no_part_of_the_question() -> None:
    config = checked({"device": "cpu", "stack": 4, "workers": 2})
    assert "--config" not in command_of(config)
    assert shown_config(config) == config
