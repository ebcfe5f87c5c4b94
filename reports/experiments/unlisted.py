"""Arms of an experiment that the page does not have: drawn all the same, and named in the figure itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from matplotlib.axes import Axes

from reports.marks import color, dash, marker
from reports.svg import ARM_ID, label


def places_of(arms: Iterable[str], page: Sequence[str]) -> dict[str, int]:
    """Arm -> its place on the page; arms that the page does not have come after all others.

    Args:
        arms: those of an experiment.
        page: names of the page's arms, in their order.
    """
    return {name: place for place, name in enumerate(dict.fromkeys((*page, *arms)))}


def name_unlisted(axes: Axes, places: Mapping[str, int], page: Sequence[str]) -> None:
    """Take arms that the page cannot name or hide out of its key, and name them in the figure's own.

    Args:
        axes: on which everything is drawn.
        places: arm -> its place.
        page: names of the page's arms.
    """
    for artist in axes.findobj():
        found = ARM_ID.fullmatch(artist.get_gid() or "")
        if found and int(found[1]) >= len(page):
            artist.set_gid(None)
    for name, place in places.items():
        if place >= len(page):
            axes.plot([], [], color=color(place), marker=marker(place), linestyle=dash(place), label=label(name))
