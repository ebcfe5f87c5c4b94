"""Scikit-learn's bundled handwritten digits: real data without a download."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits

from audit.config import DataConfig
from audit.data.draft import Draft

MIDDLE, SPREAD = 5.0, 6.0
"""About the mean and standard deviation of a pixel; fixed, so that no statistic of the records leaks."""


def draft(config: DataConfig) -> Draft:
    """All 1,797 digits as [records, 1, 8, 8], in scikit-learn's order.

    Args:
        config: only its held-out share and seed matter, later.
    """
    bunch = load_digits()
    return Draft(
        name="digits",
        x=((bunch.images - MIDDLE) / SPREAD).astype(np.float32)[:, None],
        y=bunch.target.astype(np.int64),
        notes=("Pixels, 0 to 16, less 5 and divided by 6. A record's id is its index in load_digits().",),
    )
