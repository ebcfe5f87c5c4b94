"""The content of listed records, which a report holds only where it was asked for."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from reports import numbers

MOST_COLUMNS = 8  # a wider table is cut at the edge of a printed page; more columns are listed one after the other


@dataclass(frozen=True, slots=True)
class ShownRecord:
    """One record with its content: an image, or values by column.

    Attributes:
        id: its name.
        class_name: its class.
        listed: why it is shown, such as `most exposed, standard`.
        values: column and value, in the order of the columns; empty of an image.
        image: a PNG file; None where the record is none.
        size: width and height of the image in pixels.
    """

    id: str
    class_name: str
    listed: tuple[str, ...]
    values: tuple[tuple[str, str], ...] = ()
    image: bytes | None = None
    size: tuple[int, int] = (0, 0)

    @property
    def source(self) -> str:
        """The image as a `data:` address, so that nothing is asked for from anywhere."""
        return f"data:image/png;base64,{base64.b64encode(self.image or b'').decode()}"


@dataclass(frozen=True, slots=True)
class ShownPair:
    """A training record and a test record that it decides (Feldman & Zhang 2020, arXiv 2008.03703, figure 3).

    Attributes:
        arm: the arm whose influence it is.
        train: the training record.
        test: the test record; its id is its place in the test set.
        memorization: of the training record, with its interval.
        influence: of the one on the other, with its interval.
    """

    arm: str
    train: ShownRecord
    test: ShownRecord
    memorization: str
    influence: str


@dataclass(frozen=True, slots=True)
class Shown:
    """The records whose content is shown.

    Attributes:
        records: each once, however often it is listed.
        note: how the content was read, in a sentence; empty if there is nothing to say.
        pairs: high-influence pairs of images, the strongest first; empty of other records.
    """

    records: tuple[ShownRecord, ...]
    note: str = ""
    pairs: tuple[ShownPair, ...] = ()

    @property
    def notice(self) -> str:
        """The sentence that the first page holds, before the verdict."""
        of_pairs = {("train", pair.train.id) for pair in self.pairs} | {("test", pair.test.id) for pair in self.pairs}
        count = len({("train", record.id) for record in self.records} | of_pairs)
        return f"This report contains personal data: the content of {numbers.count(count)} record{'s' * (count != 1)}."

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a table of values; empty of images, and where there are too many for a table."""
        names = tuple(dict.fromkeys(name for record in self.records for name, _ in record.values))
        return names if len(names) <= MOST_COLUMNS else ()
