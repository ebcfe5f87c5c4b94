"""Views of a record: what a model is asked besides the record itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import torch
from torch import Tensor


def views_of(x: Tensor, names: Sequence[str]) -> Iterator[Tensor]:
    """The records as each view shows them.

    Args:
        x: Float [records, ...]; images where any other view than `plain` is asked for.
        names: keys of `VIEWS`.
    """
    return (VIEWS[name](x) for name in names)


def _shifted(axis: int, by: int) -> Callable[[Tensor], Tensor]:
    """Moves an image by a pixel; the edge that is left behind is repeated."""

    def moved(x: Tensor) -> Tensor:
        size = x.shape[axis]
        rows = torch.arange(size, device=x.device).sub_(by).clamp_(0, size - 1)
        return x.index_select(axis, rows)

    return moved


VIEWS: Mapping[str, Callable[[Tensor], Tensor]] = {
    "plain": lambda x: x,
    "mirror": lambda x: x.flip(-1),
    "left": _shifted(-1, -1),
    "right": _shifted(-1, 1),
    "up": _shifted(-2, -1),
    "down": _shifted(-2, 1),
}
"""Name -> what it does to images; the names are those of `audit.config.View`."""
