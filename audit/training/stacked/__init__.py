"""Many models trained as one stacked computation: every tensor has a models axis, every step serves all."""
