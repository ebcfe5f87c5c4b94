"""A second process that reads and draws a part of a small audit while this one does the rest.

It imports what it needs while this one still prepares the training, which keeps one core busy. What it is asked it
does as this process would; whatever goes wrong there is done again here, where the error is seen.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import IO, Any, ParamSpec, TypeVar

from attacks.threads import one_thread
from reports.formats import Share

P = ParamSpec("P")
R = TypeVar("R")

FEW_SCORES, MOST_SCORES = 40_000, 4_000_000
"""Scores (models, records, arms) of an audit that has one: of fewer it is no gain, of more it costs too much memory."""
_SERVE = "import sys; sys.path[:] = {path!r}; from audit.assistant import serve; serve()"
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class Assistant:
    """One more process; begins at once to import what reading and drawing need."""

    def __init__(self) -> None:
        command = [sys.executable, "-I", "-c", _SERVE.format(path=[each for each in sys.path if each])]
        self._process = subprocess.Popen(  # noqa: S603 (this interpreter, our own module)
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | _ONE_THREAD,
            start_new_session=True,  # Ctrl-C is answered here
        )
        self._asking = ThreadPoolExecutor(1)

    def __call__(self, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Callable[[], R]:
        """See `reports.formats.Share`; one call is done after the other."""
        asked: Future[tuple[bool, Any]] = self._asking.submit(self._ask, function, args, kwargs)

        def result() -> R:
            done, found = asked.result()
            return found if done else function(*args, **kwargs)

        return result

    def close(self) -> None:
        """End it, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        self._asking.shutdown(wait=True, cancel_futures=True)
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                try:
                    stream.close()
                except BrokenPipeError:
                    continue

    def _ask(self, *call: object) -> tuple[bool, Any]:
        """Whether it was done there, and what was found."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            stdin.write(pickle.dumps(call, protocol=5))
            stdin.flush()
            found = pickle.load(stdout)  # noqa: S301 (our own process wrote it)
        except Exception:  # noqa: BLE001 (it is done here then)
            self._process.kill()  # or an answer that comes late would be taken for that of the next call
            return False, None
        return found


@contextmanager
def assisted(scores: int) -> Iterator[Share]:
    """An assistant for as long as an audit runs, if the audit gains from it.

    Args:
        scores: models times records times arms.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if cores < 2 or not FEW_SCORES <= scores <= MOST_SCORES:
        yield partial
        return
    try:
        assistant = Assistant()
    except OSError:  # this user may not start a second process, and does without
        yield partial
        return
    try:
        yield assistant
    finally:
        assistant.close()


def serve() -> None:
    """Answer calls from standard input until it ends; what a call prints goes nowhere."""
    answers, sys.stdout = sys.stdout.buffer, open(os.devnull, "w")  # noqa: SIM115
    import audit.analysis  # noqa: F401
    import reports.html  # noqa: F401

    with one_thread():
        _answer(answers)


def _answer(answers: IO[bytes]) -> None:
    while True:
        try:
            function, args, kwargs = pickle.load(sys.stdin.buffer)  # noqa: S301 (our own process wrote it)
        except EOFError:
            return
        try:
            answer = pickle.dumps((True, function(*args, **kwargs)), protocol=5)
        except Exception:  # noqa: BLE001 (the caller makes the call again, and sees it)
            answer = pickle.dumps((False, None), protocol=5)
        answers.write(answer)
        answers.flush()
