"""Error and memorization by how often a subpopulation occurs in training, beside what theory predicts."""
