"""Controls of the self-check: DP-SGD that keeps its claim, and DP-SGD that is broken in known ways, really trained."""
