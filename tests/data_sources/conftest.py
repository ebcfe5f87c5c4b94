from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audit.config import DataConfig
from audit.data import load
from audit.errors import DataError


@pytest.fixture
def refusal() -> Callable[..., DataError]:
    """What `load` refuses a source with; every refusal names the source and says what to do."""

    def refused(source: Path | str, **settings: Any) -> DataError:
        with pytest.raises(DataError) as caught:
            load(DataConfig(source=str(source), **settings))
        assert str(source) in caught.value.message
        assert caught.value.hint
        return caught.value

    return refused


@pytest.fixture
def arrays() -> dict[str, np.ndarray]:
    """Sixty records of three classes, 20 each, that can be audited."""
    rng = np.random.default_rng(0)
    return {"x": rng.normal(size=(60, 5)).astype(np.float32), "y": np.arange(60) % 3}


@pytest.fixture
def npz(tmp_path: Path) -> Callable[..., Path]:
    """Write arrays to an archive, as a person would."""

    def written(**named: np.ndarray) -> Path:
        path = tmp_path / "records.npz"
        np.savez(path, **named)
        return path

    return written
