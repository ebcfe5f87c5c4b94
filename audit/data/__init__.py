"""Data sources: one small file each, all returning a checked `Dataset`."""
