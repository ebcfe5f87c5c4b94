"""Membership inference: arrays in, arrays out."""

# isort: off
from attacks.base import ATTACKS, Attack, Evidence, UnscorableError, register

# The registry keeps the order of these imports, and reports keep the registry's: from the cheapest
# attack to the dearest.
from attacks.gap import Gap
from attacks.label_only import LabelOnly
from attacks.loss import Loss
from attacks.entropy import Entropy
from attacks.modified_entropy import ModifiedEntropy, ModifiedEntropyByClass
from attacks.population import Population
from attacks.quantile import QuantileRegression
from attacks.reference import Reference
from attacks.calibrated import Calibrated
from attacks.shadow import ShadowClassifier
from attacks.base_score import Base
from attacks.rmia import RmiaOffline, RmiaOnline, RmiaOnlinePopulation
from attacks.lira import (
    LiraOffline,
    LiraOfflinePerRecord,
    LiraOfflinePooled,
    LiraOnline,
    LiraOnlinePerRecord,
    LiraOnlinePooled,
)

from attacks.ensemble import Ensemble

from attacks.comparison import Comparison, compare
from attacks.evaluation import Evaluation, RocBand, TprAtFpr, evaluate
from attacks.exposure import Exposure, record_auc, record_exposure
from attacks.given_models import evaluate_given
from attacks.intervals import Interval, Measurement, clopper_pearson, newcombe, wilson
from attacks.roc import Sample
from attacks.targets import TargetSpread

# isort: on

__all__ = [
    "ATTACKS",
    "Attack",
    "Base",
    "Calibrated",
    "Comparison",
    "Ensemble",
    "Entropy",
    "Evaluation",
    "Evidence",
    "Exposure",
    "Gap",
    "Interval",
    "LabelOnly",
    "LiraOffline",
    "LiraOfflinePerRecord",
    "LiraOfflinePooled",
    "LiraOnline",
    "LiraOnlinePerRecord",
    "LiraOnlinePooled",
    "Loss",
    "Measurement",
    "ModifiedEntropy",
    "ModifiedEntropyByClass",
    "Population",
    "QuantileRegression",
    "Reference",
    "RmiaOffline",
    "RmiaOnline",
    "RmiaOnlinePopulation",
    "RocBand",
    "Sample",
    "ShadowClassifier",
    "TargetSpread",
    "TprAtFpr",
    "UnscorableError",
    "clopper_pearson",
    "compare",
    "evaluate",
    "evaluate_given",
    "newcombe",
    "record_auc",
    "record_exposure",
    "register",
    "wilson",
]
