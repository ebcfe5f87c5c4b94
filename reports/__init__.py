"""Renders an audit result; computes no statistic."""

import logging


def _of_interest(entry: logging.LogRecord) -> bool:
    """Whether to pass on what Matplotlib logs: not that it has no home to write to, where it uses a temporary one."""
    return not any(said in entry.getMessage() for said in ("mkdir -p failed", "temporary cache directory"))


# Before the first import of Matplotlib, which looks for its home at once.
logging.getLogger("matplotlib").addFilter(_of_interest)
