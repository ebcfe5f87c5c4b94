"""A second process that reads and draws a part: the same results, and whatever goes wrong there is done here."""

from __future__ import annotations

import operator
import os
import re
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from attacks.threads import in_parallel, one_thread
from audit.assistant import FEW_SCORES, MOST_SCORES, Assistant, assisted
from audit.folder import RunFolder
from audit.pipeline import run
from audit.settings import resolve


@pytest.fixture(scope="module")
def assistant() -> Iterator[Assistant]:
    there = Assistant()
    yield there
    there.close()


def test_calls_are_made_in_another_process_one_after_the_other(assistant: Assistant) -> None:
    waits = [assistant(operator.add, 1, 2), assistant(os.getpid), assistant(np.arange, 3)]
    assert waits[0]() == 3
    assert waits[1]() != os.getpid()
    assert waits[2]().tolist() == [0, 1, 2]


def test_a_mistake_is_seen_here_and_the_next_call_is_answered(assistant: Assistant) -> None:
    with pytest.raises(ZeroDivisionError):
        assistant(operator.truediv, 1, 0)()
    assert assistant(os.getpid)() != os.getpid()


def test_what_cannot_be_sent_or_comes_from_a_dead_process_is_done_here() -> None:
    unsent = Assistant()
    assert unsent(lambda: os.getpid())() == os.getpid()
    assert unsent(operator.add, 1, 2)() == 3
    unsent.close()
    dead = Assistant()
    wait = dead(time.sleep, 60)
    dead._process.kill()
    assert dead(os.getpid)() == os.getpid()
    dead.close()
    assert callable(wait)


@pytest.mark.parametrize("scores", [FEW_SCORES - 1, MOST_SCORES + 1])
def test_small_and_large_audits_have_none(scores: int) -> None:
    with assisted(scores) as share:
        assert share is partial


def test_where_no_second_process_may_be_started_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1}, raising=False)
    monkeypatch.setattr("audit.assistant.subprocess.Popen", forbidden)
    with assisted(FEW_SCORES) as share:
        assert share is partial


@pytest.mark.draws
def test_an_audit_finds_the_same_with_and_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = {"standard": {"epochs": 2}, "dp": {"epsilons": [4.0, 8.0], "recipe": {"epochs": 2}}, "workers": 1, "stack": 2}
    analysis = {"attacks": ["lira-online", "shadow"], "headline": "lira-online"}
    source = {"data": {"source": "tiny_sources:easy"}, "model": "mlp", "pool": {"models": 4}}
    config = resolve({**source, **few, "analysis": analysis})
    alone = run(config, tmp_path / "run")
    page = RunFolder(tmp_path / "run").html_file.read_text()
    monkeypatch.setattr("audit.assistant.FEW_SCORES", 0)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1}, raising=False)
    asked: list[str] = []
    call = Assistant.__call__

    def heard(self: Assistant, function: object, *args: object) -> object:
        asked.append(function.__name__)  # type: ignore[attr-defined]
        return call(self, function, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(Assistant, "__call__", heard)
    shared = run(config, tmp_path / "run")
    assert asked == ["read_arm", "leaks", "link"]
    same = {"provenance": alone.provenance}
    assert shared.model_copy(update=same) == alone
    again = RunFolder(tmp_path / "run").html_file.read_text()
    pictures, pictures_again = (re.findall('<svg[^>]* role="img".*?</svg>', text, re.DOTALL) for text in (page, again))
    assert len(pictures) > 5
    assert pictures == pictures_again


def test_on_one_thread_calls_are_made_by_the_thread_that_asks() -> None:
    with one_thread():
        assert set(in_parallel(lambda _: threading.get_ident(), range(4))) == {threading.get_ident()}
