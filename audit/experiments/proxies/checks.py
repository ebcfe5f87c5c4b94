"""What is refused before anything is trained."""

from __future__ import annotations

import math
from collections.abc import Iterator

from audit.config import AuditConfig
from audit.errors import ConfigError
from audit.experiments.proxies.scores import PROXIES
from audit.linkage import FEWEST_MODELS
from audit.settings import nearest

FEWEST_RUNS = 2


def arm_names(config: AuditConfig) -> list[str]:
    """The arms that an audit of a config has, as `audit.arms.arms` names them.

    Args:
        config: the audit's.
    """
    private = [f"dp-eps-{epsilon:g}" for epsilon in config.dp.epsilons]
    return ["standard", *private, *(["dp-recipe", "clip-only"] if config.controls else [])]


def check(config: AuditConfig, runs: int, between: float, arm: str, proxy: str | None, with_pool: bool) -> None:
    """Refuse what cannot be measured.

    Args:
        config: of the audit.
        runs: single training runs.
        between: epochs between two looks.
        arm: the training regime.
        proxy: what ranks without a pool; None takes the default.
        with_pool: whether there is one.

    Raises:
        ConfigError: naming every mistake.
    """
    complaints = [*_of_runs(config, runs, between, arm, with_pool), *_of_proxy(proxy, with_pool)]
    if complaints:
        raise ConfigError.collected(complaints, "see `audit experiment proxies --help`")


def _of_runs(config: AuditConfig, runs: int, between: float, arm: str, with_pool: bool) -> Iterator[str]:
    fewest, known = FEWEST_RUNS if with_pool else 1, arm_names(config)
    if runs < fewest:
        yield f"--runs {runs}: at least {fewest}" + (", since intervals range over runs" if with_pool else "")
    if not 0 < between < math.inf:
        yield f"--epochs-between {between:g}: must be above 0"
    if arm not in known:
        yield f"--arm {arm}: no such arm{nearest(arm, known)}; there are: {', '.join(known)}"
    if with_pool and config.pool.models < FEWEST_MODELS:
        yield (
            f"--models {config.pool.models}: at least {FEWEST_MODELS}, since the pool is held against itself in "
            "halves; 0 needs no pool"
        )


def _of_proxy(proxy: str | None, with_pool: bool) -> Iterator[str]:
    if proxy is not None and with_pool:
        yield f"--proxy {proxy}: names what ranks without a pool, with --models 0"
    elif proxy is not None and proxy not in PROXIES:
        yield f"--proxy {proxy}: no such proxy{nearest(proxy, list(PROXIES))}; there are: {', '.join(PROXIES)}"
