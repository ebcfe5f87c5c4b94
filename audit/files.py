"""Files that are whole or absent: written to a temporary name, flushed, renamed."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock, Timeout

from audit.errors import AuditError


class WriteError(AuditError):
    """A file that could not be written; nothing half-written is left."""

    exit_code = 3


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Open a temporary file beside `path` for writing; it takes the name only when all is on disk.

    Args:
        path: the name that the file has once it is whole; its folder is made.

    Raises:
        WriteError: if the disk is full or the folder cannot be written; `path` is as it was before.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise _write_error(path, error) from error
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except OSError as error:
        raise _write_error(path, error) from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)


@contextlib.contextmanager
def locked(path: Path, timeout: float = 0) -> Iterator[None]:
    """Hold a lock file, whose folder is made, for this process; the lock ends with the process, however it ends.

    Args:
        path: the lock file.
        timeout: seconds to wait for another process that holds it.

    Raises:
        TimeoutError: if another process holds it for longer.
        WriteError: if the folder cannot be made or written.
    """
    held = FileLock(path, timeout=timeout)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        held.acquire()
    except Timeout as error:
        raise TimeoutError(path) from error
    except OSError as error:
        raise _write_error(path.parent, error) from error
    try:
        yield
    finally:
        held.release()


def write_bytes(path: Path, content: bytes) -> None:
    """Write a whole file or none."""
    with whole_file(path) as file:
        file.write(content)


def write_text(path: Path, content: str) -> None:
    """Write a whole UTF-8 file or none."""
    write_bytes(path, content.encode())


def _write_error(path: Path, error: OSError) -> WriteError:
    return WriteError(
        f"cannot write {path}: {error.strerror}",
        "free some space, or name a file or folder that can be written; what was finished is kept",
    )
