"""Work on several threads; NumPy lets go of the interpreter while it computes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any, TypeVar

from threadpoolctl import ThreadpoolController

MOST_THREADS = 8
"""Each holds a block of arrays; more threads would wait for memory rather than compute."""

T = TypeVar("T")
R = TypeVar("R")
_ALONE: ContextVar[bool] = ContextVar("alone", default=False)


def in_parallel(function: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """The results of a function, in the order of the items, whatever the number of threads.

    Args:
        function: what to do; touches nothing that another item's call writes.
        items: one argument each.
    """
    items = list(items)
    threads = min(MOST_THREADS, os.cpu_count() or 1, len(items))
    if threads < 2 or _ALONE.get():
        return [function(item) for item in items]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(function, items))


def one_blas_thread() -> AbstractContextManager[Any]:
    """For a while, let products and solutions of NumPy and SciPy use one thread each.

    Between many small ones the threads of BLAS wait for each other for longer than they compute.
    """
    limits: AbstractContextManager[Any] = _libraries().limit(limits=1, user_api="blas")
    return limits


@contextmanager
def one_thread() -> Iterator[None]:
    """For a while, work on one thread: on small arrays threads cost more than they gain."""
    before = _ALONE.set(True)
    try:
        with one_blas_thread():
            yield
    finally:
        _ALONE.reset(before)


@cache
def _libraries() -> ThreadpoolController:
    return ThreadpoolController()
