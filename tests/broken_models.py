"""A module that does not import."""

raise OSError("the weights are not on this machine")
