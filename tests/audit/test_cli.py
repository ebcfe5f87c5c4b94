"""The command line: every command on a real run, and every bad input with one clear message and exit code 2."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from command_line import Cli

from reports.result import AuditResult


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small finished audit with a DP arm."""
    from audit.pipeline import run
    from audit.settings import resolve

    folder = tmp_path_factory.mktemp("runs") / "done"
    dp = {"epsilons": [4.0], "recipe": {"epochs": 3}}
    asked = {"data": {"source": "tiny_sources:easy"}, "model": "mlp", "pool": {"models": 12}, "dp": dp, "workers": 1}
    run(resolve({**asked, "standard": {"epochs": 10}}), folder)
    return folder


def test_run_ends_with_the_report_and_names_its_files(cli: Cli, tmp_path: Path) -> None:
    code, out, err = cli(
        "run",
        "--data",
        "tiny_sources:easy",
        "--model",
        "linear",
        "--models",
        4,
        "--epochs",
        2,
        "--workers",
        1,
        "--out",
        tmp_path / "run",
    )
    assert code == 0, err
    assert "Test accuracy" in out
    assert "report.html" in out
    assert "4 models" in err


def test_json_on_stdout_is_the_result_and_nothing_else(cli: Cli, tmp_path: Path) -> None:
    words = ("run", "--data", "tiny_sources:easy", "--model", "linear", "--models", 4, "--epochs", 2, "--workers", 1)
    code, out, _ = cli(*words, "--out", tmp_path / "run", "--json", "-")
    assert code == 0
    assert AuditResult.model_validate(json.loads(out)).arms[0].models == 4


def test_a_dry_run_trains_nothing_and_writes_nothing(cli: Cli, tmp_path: Path) -> None:
    code, out, _ = cli(
        "run",
        "--data",
        "tiny_sources:easy",
        "--model",
        "mlp",
        "--dp-eps",
        8,
        "--controls",
        "--dry-run",
        "--out",
        tmp_path / "run",
    )
    assert code == 0
    assert "4 arm(s) x 64 models" in out
    assert "dp-recipe" in out
    assert "clip-only" in out
    assert not (tmp_path / "run").exists()


def test_the_plan_says_how_fast_and_in_what_stacks_it_trains(cli: Cli, tmp_path: Path) -> None:
    words = ("run", "--data", "tiny_sources:easy", "--model", "mlp", "--models", 8, "--dry-run", "--out", tmp_path)
    code, out, _ = cli(*words, "--stack", "auto", "--workers", "auto")
    assert code == 0
    assert re.search(r"model\(s\) a stack, measured: [0-9.e-]+ s a model", out)
    assert re.search(r"about [0-9,]+ s to train 8 model\(s\) with \d+ worker\(s\)", out)
    code, out, _ = cli(*words, "--stack", 4, "--workers", 3)
    assert code == 0
    assert "4 model(s) a stack" in out
    assert "8 model(s) with 3 worker(s)" in out
    assert list(tmp_path.iterdir()) == []


def test_verbose_prints_the_resolved_config(cli: Cli, tmp_path: Path) -> None:
    _, _, err = cli(
        "run", "--data", "tiny_sources:easy", "--model", "mlp", "--dry-run", "--verbose", "--out", tmp_path / "run"
    )
    assert "learning_rate:" in err


@pytest.mark.parametrize("form", ["terminal", "html", "json", "markdown"])
def test_a_report_is_rendered_again_from_disk(cli: Cli, done: Path, tmp_path: Path, form: str) -> None:
    code, out, _ = cli("report", done, "--format", form)
    assert code == 0
    assert "dp-eps-4" in out
    code, shown, _ = cli("report", done, "--format", form, "-o", tmp_path / "file")
    assert code == 0
    assert shown == ""
    assert "dp-eps-4" in (tmp_path / "file").read_text()


def test_the_html_report_beside_the_run_is_the_one_that_is_rendered(cli: Cli, done: Path) -> None:
    _, out, _ = cli("report", done, "--format", "html")
    assert out.rstrip("\n") == (done / "report.html").read_text().rstrip("\n")


def test_compare_shows_arms_and_paired_differences(cli: Cli, done: Path) -> None:
    code, out, _ = cli("compare", done)
    assert code == 0
    assert "dp-eps-4" in out
    assert "est accuracy" in out
    assert "attack AUC" in out
    assert "points" in out


def test_compare_of_a_run_with_itself_finds_no_difference(cli: Cli, done: Path) -> None:
    from audit.comparison import compared
    from audit.folder import RunFolder

    found = compared([RunFolder(done), RunFolder(done)]).differences
    assert len(found) > 0
    assert any(change.estimate is not None for change in found if change.quantity == "attack AUC")
    assert all(change.reason if change.estimate is None else change.estimate.value == 0 for change in found)


def test_runs_with_other_memberships_are_never_subtracted_as_if_paired(done: Path, tmp_path: Path) -> None:
    from audit.comparison import compared
    from audit.folder import RunFolder
    from audit.pipeline import run

    config = RunFolder(done).config()
    changed = {"pool": config.pool.model_copy(update={"seed": 1}), "dp": config.dp.model_copy(update={"epsilons": ()})}
    other = config.model_copy(update=changed)
    run(other, tmp_path / "other")
    found = compared([RunFolder(done), RunFolder(tmp_path / "other")]).differences
    assert len(found) > 0
    assert all(change.estimate is None and "memberships" in change.reason for change in found)


def test_records_lists_and_writes_what_the_table_holds(cli: Cli, done: Path, tmp_path: Path) -> None:
    code, _, _ = cli("records", done, "--top", 3, "--by", "exposure")
    assert code == 0
    code, _, _ = cli("records", done, "--top", 5, "--csv", tmp_path / "top.csv")
    assert code == 0
    listed = pl.read_csv(tmp_path / "top.csv")
    table = pl.read_parquet(done / "records.parquet").filter(pl.col("arm") == "standard")
    highest = table["memorization_shrunken"].sort(descending=True).head(5)
    np.testing.assert_allclose(listed["memorization"].to_numpy(), highest.to_numpy(), atol=1e-9)
    assert (listed["memorization_low"] <= listed["memorization"]).all()


def test_export_holds_the_pool_as_plain_arrays(cli: Cli, done: Path, tmp_path: Path) -> None:
    code, _, err = cli("export", done, "--arm", "dp-eps-4", "--out", tmp_path / "pool.npz")
    assert code == 0
    with np.load(tmp_path / "pool.npz", allow_pickle=False) as held:
        shapes = {name: (held[name].dtype.kind, held[name].shape) for name in held.files}
        assert (held["membership"][0] != held["membership"][1]).all()
    assert shapes["membership"] == ("b", (12, 120))
    assert shapes["phi"] == shapes["entropy"] == ("f", (12, 120, 1))
    assert shapes["correct"] == ("b", (12, 120))
    assert shapes["labels"] == ("i", (120,))
    assert shapes["ids"] == ("U", (120,))
    assert shapes["population_correct"] == ("b", (12, 60))
    assert "features" not in shapes
    assert "[models, population]" in err


def test_check_is_a_gate(cli: Cli, done: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text("arms: [standard]\ntest_accuracy_at_least: 0.01\n")
    assert cli("check", done, "--policy", policy)[0] == 0
    policy.write_text("arms: [standard]\nclaimed_epsilon_at_most: 8\n")
    code, out, _ = cli("check", done, "--policy", policy)
    assert code == 1
    assert "fail" in out.lower()
    policy.write_text("arms: [standard]\ntpr_at_fpr: [{fpr: 0.0001, at_most: 0.5}]\n")
    assert cli("check", done, "--policy", policy)[0] == 1
    assert cli("check", done, "--policy", policy, "--allow-inconclusive")[0] == 0


def test_commands_without_a_run_take_the_latest_and_say_which(
    cli: Cli, done: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = cli("report")
    assert code == 2
    assert "runs/ holds none" in err
    shutil.copytree(done, "runs/older")
    shutil.copytree(done, "runs/newer")
    for name, seconds in (("older", 1000), ("newer", 2000)):
        os.utime(f"runs/{name}/result.json", (seconds, seconds))
    for words in (
        ("report", "--format", "markdown"),
        ("check", "--policy", "research", "--allow-inconclusive"),
        ("verify",),
        ("records", "--top", 2),
        ("compare",),
        ("export", "--arm", "standard", "--out", "pool.npz"),
        ("extend", "--models", 12),
    ):
        code, out, err = cli(*words)
        assert code == 0 or words[0] == "check", (words, err)
        assert "the latest run: runs/newer\n" in err, words
        assert "latest run" not in out, words
        os.utime("runs/newer/result.json", (2000, 2000))
    code, _, err = cli("report", "runs/older", "--format", "markdown")
    assert code == 0
    assert "latest" not in err


@pytest.mark.parametrize("what", ["data", "models", "attacks", "canaries", "presets"])
def test_list_shows_what_there_is(cli: Cli, what: str) -> None:
    code, out, _ = cli("list", what)
    assert code == 0
    expected = {"data": "digits", "models": "resnet", "attacks": "lira-online", "presets": "mlp"}
    assert expected.get(what, "mislabelled") in out


def test_one_run_prints_writes_and_is_rendered_again(cli: Cli, tmp_path: Path) -> None:
    folder, file = tmp_path / "one", tmp_path / "one.json"
    words = ("--data", "tiny_sources:easy", "--model", "linear", "--epochs", 3, "--canaries", 40)
    code, out, err = cli("one-run", *words, "--out", folder, "--json", file)
    assert code == 0, err
    assert "40 canaries (noise)" in out
    assert json.loads(file.read_text())["arms"][0]["name"] == "standard"
    assert cli("report", folder)[1].split() == out.split()
    assert cli("report", folder, "--format", "json")[1] == file.read_text()
    code, _, err = cli("report", folder, "--format", "html")
    assert code == 2
    assert "choose terminal or json" in err
    code, out, _ = cli("one-run", *words, "--out", folder, "--json", "-")
    assert json.loads(out)["canaries"] == 40


def test_a_damaged_one_run_is_refused_with_what_to_do(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "one-run.json").write_text('{"schema_version": "0.1"}')
    code, _, err = cli("report", tmp_path)
    assert code == 2
    assert "'0.1' cannot be read" in err
    assert "run `audit one-run` again" in err


def test_commands_that_are_made_elsewhere_are_there(cli: Cli) -> None:
    assert all(cli(command, "--help")[0] == 0 for command in ("one-run", "verify-dp"))


def test_help_report_and_score_import_no_torch(done: Path, tmp_path: Path) -> None:
    outputs = npz(tmp_path / "x.npz", membership=np.arange(60) % 2, losses=np.linspace(0.1, 3, 60))
    calls = (
        ["--help"],
        ["run", "--help"],
        ["report", str(done)],
        ["list", "attacks"],
        ["records", str(done)],
        ["compare", str(done)],
        ["score", str(outputs), "--attack", "loss", "--out", str(tmp_path / "scored")],
    )
    code = (
        f"import sys; sys.path[:0] = {sys.path!r}\nfrom audit.cli import main\n"
        f"for words in {calls!r}:\n    sys.argv = ['audit', *words]\n"
        "    try:\n        main()\n    except SystemExit as end:\n        assert not end.code, (words, end.code)\n"
        "    loaded = {'torch', 'opacus'} & set(sys.modules)\n    assert not loaded, (words, loaded)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-500:]


def npz(path: Path, **arrays: object) -> Path:
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return path


X, Y = np.random.default_rng(0).normal(size=(60, 5)), np.arange(60) % 3

BAD: dict[str, tuple[Callable[[Path], list[object]], str]] = {
    "missing file": (lambda d: ["--data", d / "absent.npz"], "absent.npz"),
    "empty file": (lambda d: [(d / "e.npz").touch(), "--data", d / "e.npz"][1:], "empty"),
    "no archive": (lambda d: [(d / "n.npz").write_text("hello"), "--data", d / "n.npz"][1:], "n.npz"),
    "nan": (lambda d: ["--data", npz(d / "x.npz", x=np.where(X > 2, np.nan, X), y=Y)], "NaN"),
    "lengths": (lambda d: ["--data", npz(d / "x.npz", x=X, y=Y[:50])], "50"),
    "float labels": (lambda d: ["--data", npz(d / "x.npz", x=X, y=Y + 0.5)], "label"),
    "one class": (lambda d: ["--data", npz(d / "x.npz", x=X, y=Y * 0)], "class"),
    "tiny class": (lambda d: ["--data", npz(d / "x.npz", x=X, y=np.where(np.arange(60) < 2, 5, Y))], "5"),
    "double ids": (lambda d: ["--data", npz(d / "x.npz", x=X, y=Y, ids=np.array(["a"] * 60))], "'a'"),
    "epsilon": (lambda d: ["--dp-eps", -1], "epsilons"),
    "epsilon twice": (lambda d: ["--dp-eps", 8, "--dp-eps", 8], "error: dp: an epsilon is given twice"),
    "delta": (lambda d: ["--dp-eps", 8, "--dp-delta", 0.5], "1/records"),
    "few models": (lambda d: ["--models", 2], "models"),
    "no source": (lambda d: ["--data", "digitz"], "'digits'"),
    "no model": (lambda d: ["--model", "resnett"], "resnet"),
    "no factory module": (lambda d: ["--model", "nowhere.at_all:make"], "nowhere"),
    "factory returns no module": (lambda d: ["--model", "tiny_sources:no_module"], "no_module"),
    "source returns no data set": (lambda d: ["--data", "tiny_sources:not_a_dataset"], "not_a_dataset"),
    "image model on vectors": (lambda d: ["--model", "resnet"], "mlp"),
    "no preset": (lambda d: ["--config", "resnett"], "did you mean 'resnet'"),
    "no canaries of that kind": (lambda d: ["--canaries", 5, "--canary-kind", "nois"], "the nearest: 'noise'"),
    "canaries that do not fit": (
        lambda d: ["--canaries", 5, "--canary-kind", npz(d / "c.npz", x=X[:, :4], y=Y)],
        "are [20]",
    ),
    "canaries below none": (lambda d: ["--canaries", -1], "canaries.count"),
    "no device": (lambda d: ["--device", "tpu"], "device"),
    "no workers": (lambda d: ["--workers", 0], "workers is '0': input should be a whole number from 1 on, or 'auto'"),
    "no stack": (lambda d: ["--stack", "many"], "stack is 'many': input should be a whole number from 1 on, or 'auto'"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_clear_message_before_training(cli: Cli, tmp_path: Path, case: str) -> None:
    words, complaint = BAD[case]
    given = words(tmp_path)
    base = ["run", "--out", tmp_path / "run"]
    base += [] if "--data" in given else ["--data", "tiny_sources:easy"]
    base += [] if "--model" in given else ["--model", "mlp"]
    code, out, err = cli(*base, *given)
    assert code == 2, err
    assert complaint in err
    assert "what to do:" in err
    assert "Traceback" not in err
    assert out == ""
    assert not list(tmp_path.glob("run/arms/*/models-*"))


def test_two_mistakes_are_named_together(cli: Cli) -> None:
    code, _, err = cli("run", "--models", 2, "--dp-eps", -3)
    assert code == 2
    assert "pool.models" in err
    assert "dp.epsilons" in err


def test_unknown_keys_of_a_config_file_are_named_with_the_nearest(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("modle: mlp\npool: {modells: 8}\n")
    code, _, err = cli("run", "--config", path)
    assert code == 2
    assert "did you mean 'model'" in err
    assert "did you mean 'models'" in err


def test_verbose_shows_the_traceback(cli: Cli) -> None:
    assert "Traceback" in cli("run", "--data", "digitz", "--verbose")[2]


@pytest.mark.parametrize("words", [("report",), ("compare",), ("records",), ("check", "--policy", "p.yaml")])
def test_a_folder_that_is_no_run_is_refused(cli: Cli, tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "p.yaml").write_text("test_accuracy_at_least: 0.5\n")
    code, _, err = cli(words[0], tmp_path, *words[1:])
    assert code == 2
    assert str(tmp_path) in err.replace("\n", "")


def test_unknown_arms_rankings_formats_and_lists_name_what_there_is(cli: Cli, done: Path, tmp_path: Path) -> None:
    for words, known in (
        (("records", done, "--arm", "dp"), "dp-eps-4"),
        (("records", done, "--by", "memorisation"), "memorization"),
        (("report", done, "--format", "htm"), "html"),
        (("list", "attack"), "attacks"),
        (("export", done, "--arm", "x", "--out", tmp_path / "f.npz"), "dp-eps-4"),
    ):
        code, _, err = cli(*words)
        assert code == 2
        assert known in err
