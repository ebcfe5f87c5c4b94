"""Names of run folders: plain, telling where two runs differ, the same again for the same settings, never shared."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from audit.config import AuditConfig
from audit.errors import PoolError
from audit.files import locked, write_text
from audit.run_names import Named, claimed, latest
from audit.settings import as_yaml, checked


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def config_of(**settings: object) -> AuditConfig:
    return checked({"model": "mlp", "dp": {"epsilons": [8]}, **settings})


def begun(config: AuditConfig, prefix: str = "", out: Path | None = None) -> str:
    """Begin a run as the pipeline does, and end it at once: the folder's name."""
    with claimed(Named.of(config, prefix), out) as folder:
        write_text(folder / "config.yaml", as_yaml(config))
        return folder.name


def test_the_first_run_has_the_plain_name_that_the_next_command_can_be_given() -> None:
    assert begun(checked({"dp": {"epsilons": [8]}})) == "digits-resnet"
    assert begun(config_of()) == "digits-mlp"
    assert begun(config_of(data={"source": "some/table.parquet", "label": "y"})) == "table-mlp"
    assert begun(config_of(), "one-run-") == "one-run-digits-mlp"


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"dp": {"epsilons": [1]}}, "digits-mlp-dp-eps-1"),
        ({"dp": {"epsilons": [1, 0.5]}}, "digits-mlp-dp-eps-1-0.5"),
        ({"dp": {}}, "digits-mlp-no-dp"),
        ({"pool": {"seed": 3}}, "digits-mlp-seed-3"),
        ({"pool": {"models": 16}}, "digits-mlp-models-16"),
        ({"controls": True}, "digits-mlp-controls"),
        ({"canaries": {"count": 200}}, "digits-mlp-canaries-200"),
        ({"canaries": {"count": 20, "kind": "blank"}}, "digits-mlp-canaries-20-canary-kind-blank"),
        ({"standard": {"epochs": 5}, "dp": {"epsilons": [8], "recipe": {"epochs": 5}}}, "digits-mlp-epochs-5"),
        ({"standard": {"learning_rate": 0.01}}, "digits-mlp-standard-learning-rate-0.01"),
        ({"analysis": {"headline": "loss"}}, "digits-mlp-headline-loss"),
        ({"data": {"source": "digits", "seed": 4}}, "digits-mlp-data-seed-4"),
        ({"data": {"source": "digits", "groups": ["a", "b"]}}, "digits-mlp-group-a-b"),
        ({"device": "cpu"}, "digits-mlp-device-cpu"),
    ],
)
def test_a_second_run_says_in_what_it_differs_from_the_plain_one(settings: dict[str, object], name: str) -> None:
    begun(config_of())
    assert begun(config_of(**settings)) == name
    assert begun(config_of(**settings)) == name
    assert begun(config_of()) == "digits-mlp"


def test_what_takes_many_words_or_has_a_taken_name_is_a_digest() -> None:
    begun(config_of())
    many = config_of(standard={"epochs": 3, "momentum": 0.5, "batch_size": 8, "learning_rate": 0.2})
    name = begun(many)
    assert name.startswith("digits-mlp-")
    assert len(name) == len("digits-mlp-") + 6
    assert begun(many) == name
    begun(config_of(controls=True), out=Path("runs/digits-mlp-seed-3"))  # taken by another run
    assert begun(config_of(pool={"seed": 3})) not in ("digits-mlp-seed-3", "digits-mlp", name)


def test_stack_workers_and_release_are_no_part_of_a_runs_identity() -> None:
    begun(config_of())
    release = {"who": "all", "sees": "labels"}
    assert begun(config_of(stack=8, workers=2, release=release)) == "digits-mlp"
    assert begun(config_of(canaries={"kind": "blank"})) == "digits-mlp"  # of none the kind does not matter


def test_a_run_from_before_is_continued_under_the_name_that_it_has() -> None:
    begun(config_of(pool={"seed": 3}), out=Path("runs/digits-mlp-4b0f82"))
    assert begun(config_of(pool={"seed": 3})) == "digits-mlp-4b0f82"
    assert begun(config_of()) == "digits-mlp"
    assert begun(config_of(pool={"seed": 3})) == "digits-mlp-4b0f82"


def test_a_folder_that_holds_something_else_is_never_taken() -> None:
    write_text(Path("runs/digits-mlp/config.yaml"), "settings: of another version\n")
    assert begun(config_of()).startswith("digits-mlp-")
    write_text(Path("runs/scored-x/result.json"), "{}")
    assert begun(checked({"data": {"source": "scored"}, "model": "my.nets:x"})).startswith("scored-x-")


def test_a_run_that_never_began_leaves_its_name_free() -> None:
    with pytest.raises(ValueError, match="wrong"), claimed(Named.of(config_of(pool={"seed": 3})), None):
        raise ValueError("wrong")
    assert begun(config_of()) == "digits-mlp"


def test_two_that_begin_at_once_take_two_folders_and_of_the_same_the_second_is_refused() -> None:
    inside, ended = threading.Event(), threading.Event()

    def first() -> None:
        with claimed(Named.of(config_of()), None):  # holds the lock, and has written no config yet
            inside.set()
            ended.wait(20)

    thread = threading.Thread(target=first)
    thread.start()
    assert inside.wait(20)
    try:
        assert begun(config_of(pool={"seed": 3})) == "digits-mlp-seed-3"
        with pytest.raises(PoolError, match="another process works on runs/digits-mlp"):
            begun(config_of())
    finally:
        ended.set()
        thread.join()
    assert begun(config_of()) == "digits-mlp"


def test_a_smaller_pool_of_the_same_audit_is_known() -> None:
    begun(config_of(pool={"models": 16}))
    assert Named.of(config_of()).smaller() == (Path("runs/digits-mlp"), 16)
    assert Named.of(config_of(pool={"models": 8})).smaller() is None
    assert Named.of(config_of(controls=True)).smaller() is None


def test_the_latest_run_is_the_one_whose_result_was_written_last() -> None:
    with pytest.raises(PoolError, match="holds none"):
        latest()
    write_text(Path("runs/b/result.json"), "{}")
    write_text(Path("runs/a/result.json"), "{}")
    assert latest() == Path("runs/a")
    write_text(Path("runs/c/one-run.json"), "{}")
    assert latest() == Path("runs/c")
    assert latest("result.json") == Path("runs/a")
    write_text(Path("runs/b/result.json"), "{}")
    assert latest() == Path("runs/b")


def test_a_lock_of_names_that_nobody_lets_go_is_told_and_not_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audit.run_names.PATIENCE", 0.1)
    with locked(Path("runs/.names.lock")), pytest.raises(PoolError, match="held by another process") as refused:
        begun(config_of())
    assert "--out" in refused.value.hint
