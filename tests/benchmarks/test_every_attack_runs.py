"""The pool that all attacks are timed on gives every one of them what it asks for."""

from __future__ import annotations

import pytest

from attacks import ATTACKS, Sample
from benchmarks import every_attack


def test_no_attack_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(every_attack, "RECORDS", 200)
    assert every_attack.seconds(8) > 0  # an attack that could not run would have said so
    pool = every_attack.made(8)
    lira = Sample.of(ATTACKS["lira-offline"].scores(pool), pool.membership)
    assert lira.auc() > 0.52  # members are leant to: the pool is no null, whose AUC has a standard deviation of .008
