"""What trained models are asked about secrets; the arrays of a shard."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import torch

from audit.experiments.secrets.asking import beams, fill_bits, places, text_bits
from audit.experiments.secrets.planting import Planting
from audit.experiments.watching import Arrays
from audit.training.base import Running


@dataclass(frozen=True)
class AskedForSecrets:
    """Trains, then asks; see `audit.experiments.watching.Watch`.

    Attributes:
        planting: the secrets and the references.
        beam: width of the search.
    """

    planting: Planting
    beam: int

    @property
    def version(self) -> str:
        """Which sentences are asked about, and how."""
        of = self.planting
        said = repr((of.format.signs, self.beam)).encode()
        digest = hashlib.sha256(said + of.secrets.tobytes() + b"|" + of.references.tobytes())
        return f"secrets 1, {digest.hexdigest()[:16]}"

    def __call__(self, run: Running) -> Arrays:
        """Train, and ask how likely secrets, references and test texts are, and what a beam search finds.

        Args:
            run: the models with their initial weights.

        Returns:
            `secret_bits` Float64 [models, secrets], `reference_bits` Float64 [models, references] and `test_bits`
            Float64 [models, test texts], log-perplexities; `place` Int64 [models, secrets], see `places`.

        Raises:
            TrainingError: if a loss is not finite.
        """
        for _ in run.steps():
            pass
        of, device = self.planting, run.task.device
        with torch.inference_mode():
            found = beams(run.logits, len(run.models), of.format, self.beam, device)
            return {
                "secret_bits": fill_bits(run.logits, of.format, of.secrets, device),
                "reference_bits": fill_bits(run.logits, of.format, of.references, device),
                "test_bits": text_bits(run.logits, *run.tensors.tests),
                "place": np.ascontiguousarray(places(found, of.secrets)),
            }
