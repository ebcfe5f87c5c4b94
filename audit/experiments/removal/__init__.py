"""Training without the most memorized records: what it costs, and whom it protects."""
