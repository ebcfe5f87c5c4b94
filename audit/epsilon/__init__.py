"""Epsilon as models show it: bounds that hold, a check of what is claimed, and what canaries add."""
