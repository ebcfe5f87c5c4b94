"""What there is to choose from, for `audit list`."""

from __future__ import annotations

from audit.errors import ConfigError
from audit.presets import presets
from audit.settings import nearest

KINDS = ("data", "models", "attacks", "canaries", "experiments", "presets")


def first_sentence(of: object) -> str:
    """The first line of a docstring, as a clause of a list."""
    line = (of.__doc__ or "").splitlines()[0].rstrip(".")
    return line[:1].lower() + line[1:]


def catalogue(what: str) -> list[tuple[str, str]]:
    """Name and one line, with the paper where there is one.

    Args:
        what: `data`, `models`, `attacks`, `canaries`, `experiments` or `presets`.

    Raises:
        ConfigError: for anything else.
    """
    if what == "data":
        from audit.data import SOURCES

        return list(SOURCES.items())
    if what == "models":
        from audit.models import MODELS

        return [(name, architecture.description) for name, architecture in MODELS.items()]
    if what == "attacks":
        from attacks import ATTACKS

        return [
            (name, f"{attack.title}: sees {attack.knowledge} ({attack.source})") for name, attack in ATTACKS.items()
        ]
    if what == "canaries":
        from audit.data.canaries import KINDS as CANARIES

        own = ("FILE.npz", "your own: arrays x, as the model sees it or a byte a pixel, and y, classes from 0")
        return [*((name, first_sentence(draw)) for name, draw in CANARIES.items()), own]
    if what == "experiments":
        from audit.experiments import EXPERIMENTS

        return list(EXPERIMENTS.items())
    if what == "presets":
        return list(presets().items())
    raise ConfigError(f"there is no list of {what!r}{nearest(what, list(KINDS))}", f"choose one of {', '.join(KINDS)}")
