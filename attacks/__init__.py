"""Membership inference: arrays in, arrays out."""

# isort: off
from attacks.base import ATTACKS, Attack, Evidence, UnscorableError, register

# The registry keeps the order of these imports, and reports keep the registry's: from the cheapest
# attack to the dearest.
from attacks.gap import Gap
from attacks.loss import Loss
from attacks.base_score import Base
from attacks.rmia import RmiaOffline, RmiaOnline
from attacks.lira import LiraOffline, LiraOnline

from attacks.comparison import Comparison, compare
from attacks.evaluation import Evaluation, RocBand, TprAtFpr, evaluate
from attacks.exposure import Exposure, record_auc, record_exposure
from attacks.intervals import Interval, Measurement, clopper_pearson, newcombe, wilson
from attacks.roc import Sample
from attacks.targets import TargetSpread

# isort: on

__all__ = [
    "ATTACKS",
    "Attack",
    "Base",
    "Comparison",
    "Evaluation",
    "Evidence",
    "Exposure",
    "Gap",
    "Interval",
    "LiraOffline",
    "LiraOnline",
    "Loss",
    "Measurement",
    "RmiaOffline",
    "RmiaOnline",
    "RocBand",
    "Sample",
    "TargetSpread",
    "TprAtFpr",
    "UnscorableError",
    "clopper_pearson",
    "compare",
    "evaluate",
    "newcombe",
    "record_auc",
    "record_exposure",
    "register",
    "wilson",
]
