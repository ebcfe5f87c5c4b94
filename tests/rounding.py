"""Prints how this CPU rounds: a digest of one result a kind of kernel; another digest is another rounding."""

from __future__ import annotations

import hashlib

import numpy as np
import torch
from torch.nn import functional


def rounded() -> dict[str, str]:
    """Digests of the same few products, sums and functions, by library.

    The numbers that go in are NumPy's, drawn without vectors: they are the same on every machine.
    """
    rng = np.random.default_rng(0)
    left, right = rng.random((63, 129)), rng.random((129, 71))
    images, kernels = torch.from_numpy(rng.random((16, 8, 8, 8))).float(), torch.from_numpy(rng.random((12, 8, 3, 3)))
    single = torch.from_numpy(left).float()
    found = {
        "ATen": functional.layer_norm(single.log_softmax(1), single.shape[1:]),
        "MKL or OpenBLAS in torch": single @ torch.from_numpy(right).float(),
        "oneDNN": functional.conv2d(images, kernels.float(), padding=1),
        "OpenBLAS in NumPy": torch.from_numpy(left @ right),
    }
    return {name: hashlib.sha256(result.numpy().tobytes()).hexdigest()[:8] for name, result in found.items()}


if __name__ == "__main__":
    digests = (f"{name} {digest}" for name, digest in rounded().items())
    print(torch.backends.cpu.get_cpu_capability(), *digests, sep=", ")
