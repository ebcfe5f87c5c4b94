"""Memory that stays with the process between the steps of training."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# Parameters of glibc's mallopt(3), and their defaults.
_TRIM_THRESHOLD, _MMAP_MAX = -1, -4
_DEFAULT_TRIM, _DEFAULT_MMAPS = 128 * 1024, 65536
_NEVER = 2**31 - 4096


def keep_freed_memory() -> None:
    """Let the C library keep what is freed for the next request, from now on.

    By default glibc returns every large block to the system at once and gets it back a page at a time: a step of
    training frees and asks for the same blocks again, and on a virtual machine the pages' faults cost more than the
    products that fill them. Elsewhere than on glibc nothing is changed.
    """
    library = _glibc()
    if library is not None:
        library.mallopt(_MMAP_MAX, 0)
        library.mallopt(_TRIM_THRESHOLD, _NEVER)


@contextmanager
def freed_memory_kept() -> Iterator[None]:
    """Keep freed memory for a while; afterwards it goes back to the system as usual."""
    keep_freed_memory()
    try:
        yield
    finally:
        library = _glibc()
        if library is not None:
            library.mallopt(_MMAP_MAX, _DEFAULT_MMAPS)
            library.mallopt(_TRIM_THRESHOLD, _DEFAULT_TRIM)
            library.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None
