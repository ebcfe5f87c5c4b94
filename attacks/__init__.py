"""Membership inference: arrays in, arrays out."""

from attacks.base import ATTACKS, Attack, Evidence, UnscorableError, register
from attacks.base_score import Base
from attacks.gap import Gap
from attacks.lira import LiraOffline, LiraOnline
from attacks.loss import Loss
from attacks.rmia import RmiaOffline, RmiaOnline

__all__ = [
    "ATTACKS",
    "Attack",
    "Base",
    "Evidence",
    "Gap",
    "LiraOffline",
    "LiraOnline",
    "Loss",
    "RmiaOffline",
    "RmiaOnline",
    "UnscorableError",
    "register",
]
