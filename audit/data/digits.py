"""Scikit-learn's bundled handwritten digits: real data without a download."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits

from audit.config import DataConfig
from audit.data.draft import Draft

DARKEST = 16.0


def draft(config: DataConfig) -> Draft:
    """All 1,797 digits as [records, 1, 8, 8], in scikit-learn's order.

    Args:
        config: only its held-out share and seed matter, later.
    """
    bunch = load_digits()
    return Draft(
        name="digits",
        x=bunch.images.astype(np.float32)[:, None],
        y=bunch.target.astype(np.int64),
        divisor=DARKEST,
        notes=("Pixels are counts from 0 to 16, scaled to 0..1. A record's id is its index in load_digits().",),
    )
