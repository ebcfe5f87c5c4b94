"""Training records reconstructed from a model and a label, down to the bits that are irrelevant to it."""
