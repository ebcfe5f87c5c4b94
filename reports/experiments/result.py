"""The experiments of a result."""

from __future__ import annotations

from reports.experiments.agreement import Agreement
from reports.experiments.block import Block
from reports.experiments.irrelevant import Irrelevant
from reports.experiments.longtail import LongTail
from reports.experiments.proxies import Proxies
from reports.experiments.removal import Removal
from reports.experiments.secrets import Secrets
from reports.findings import Part

KINDS: dict[str, type[Block]] = {
    "longtail": LongTail,
    "removal": Removal,
    "irrelevant": Irrelevant,
    "secrets": Secrets,
    "proxies": Proxies,
    "agreement": Agreement,
}


class Experiments(Part):
    """What was found beyond the audit itself; None where an experiment was not made.

    Attributes:
        longtail: error and memorization by how often a subpopulation occurs.
        removal: training without the most memorized records.
        irrelevant: reconstruction of training records.
        secrets: random secrets in a text.
        proxies: what one training run tells of memorization.
        agreement: memorization against published scores.
    """

    longtail: LongTail | None = None
    removal: Removal | None = None
    irrelevant: Irrelevant | None = None
    secrets: Secrets | None = None
    proxies: Proxies | None = None
    agreement: Agreement | None = None

    @classmethod
    def kinds(cls) -> dict[str, type[Block]]:
        """Name -> class of what the experiment finds."""
        return KINDS

    @property
    def made(self) -> tuple[Block, ...]:
        """What was found, in the order of the report."""
        found = (getattr(self, name) for name in KINDS)
        return tuple(block for block in found if block is not None)
