"""What a removal is asked to do, refused where it makes no sense."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

from audit.config import AuditConfig
from audit.errors import ConfigError
from audit.settings import nearest
from reports.experiments.removal import By

RANKINGS: tuple[By, ...] = get_args(By)
MOST_SHARE = 50.0
MOST_LAYERED = 60.0
FEWEST_PAIRS = 8


@dataclass(frozen=True)
class Asked:
    """The settings of a removal.

    Attributes:
        by: what the records are ranked by.
        shares: shares of the records to remove, each in (0, .5], rising.
        repeats: random removals for every share.
        layers: layers of the onion; 0 peels none.
        layer_share: share of the records in a layer.
        arm: the arm that is trained anew.
    """

    by: By = "memorization"
    shares: tuple[float, ...] = (0.01, 0.02, 0.05, 0.1)
    repeats: int = 2
    layers: int = 3
    layer_share: float = 0.05
    arm: str = "standard"


def asked(by: str, share: str, repeats: int, layers: int, layer_share: float, arm: str) -> Asked:
    """The settings that a person gave, in percent where they are shares.

    Args:
        by: what the records are ranked by.
        share: percentages between commas.
        repeats: random removals for every share.
        layers: layers of the onion.
        layer_share: percentage of the records in a layer.
        arm: the arm that is trained anew.

    Raises:
        ConfigError: naming everything that makes no sense.
    """
    shares, unread = _percentages(share)
    ranking: By | None = next((one for one in RANKINGS if one == by), None)
    problems = [
        *unread,
        *(f"--share {one:g}: not above 0 and at most {MOST_SHARE:g} %" for one in shares if not 0 < one <= MOST_SHARE),
        *_problems(by, repeats, layers, layer_share),
    ]
    if len(set(shares)) < len(shares):
        problems.append(f"--share {share}: a share is given twice")
    if problems or ranking is None:
        raise ConfigError.collected(problems, "see `audit experiment removal --help`")
    return Asked(ranking, tuple(sorted(one / 100 for one in shares)), repeats, layers, layer_share / 100, arm)


def check_config(config: AuditConfig, wanted: Asked) -> None:
    """Refuse what cannot be made on an audit's pools, before anything is trained.

    Args:
        config: the audit's resolved config.
        wanted: the settings.

    Raises:
        ConfigError: naming everything that is in the way.
    """
    pool = config.pool
    known = ["standard", *(f"dp-eps-{epsilon:g}" for epsilon in config.dp.epsilons)]
    known += ["dp-recipe", "clip-only"] if config.controls else []
    problems = []
    if not pool.paired:
        problems.append(f"pool.inclusion {pool.inclusion:g}: half of the pool judges the other by complementary pairs")
    elif pool.models < 2 * FEWEST_PAIRS:
        problems.append(f"{pool.models} models are {pool.models // 2} pairs, and half of them must rank the records")
    if wanted.arm not in known:
        problems.append(f"--arm {wanted.arm}: the audit has no such arm{nearest(wanted.arm, known)}")
    if problems:
        raise ConfigError.collected(
            problems, f"it needs a pool of at least {FEWEST_PAIRS} pairs at inclusion 0.5, and one of its arms"
        )


def _percentages(share: str) -> tuple[list[float], list[str]]:
    found: list[float] = []
    unread: list[str] = []
    for word in share.split(","):
        try:
            found.append(float(word))
        except ValueError:
            unread.append(f"--share {share}: {word.strip() or 'nothing'} is no percentage")
    return found, unread


def _problems(by: str, repeats: int, layers: int, layer_share: float) -> Iterator[str]:
    if by not in RANKINGS:
        yield f"--by {by}: no such ranking{nearest(by, list(RANKINGS))}; there are {', '.join(RANKINGS)}"
    if repeats < 1:
        yield f"--repeats {repeats}: at least one random removal is needed to compare with"
    if layers < 0:
        yield f"--layers {layers}: not below 0"
    if layers and not 0 < layer_share <= MOST_SHARE:
        yield f"--layer-share {layer_share:g}: not above 0 and at most {MOST_SHARE:g} %"
    elif layers * layer_share >= MOST_LAYERED:
        yield f"--layers {layers} of {layer_share:g} %: that removes {layers * layer_share:g} %, not below 60 %"


def check_records(records: int, test_records: int, wanted: Asked) -> None:
    """Refuse shares that remove nothing, and data that cannot be judged.

    Args:
        records: number of records.
        test_records: number of test records.
        wanted: the settings.

    Raises:
        ConfigError: naming everything that is in the way.
    """
    shares = (*wanted.shares, *((wanted.layer_share,) if wanted.layers else ()))
    least = {share for share in shares if round(share * records) < 1}
    problems = [f"{100 * share:g} % of {records:,} records is none" for share in sorted(least)]
    if not test_records:
        problems.append("there are no test records to judge accuracy by")
    if problems:
        raise ConfigError.collected(problems, "choose a larger --share, or data that can be judged")
