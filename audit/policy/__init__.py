"""A release policy: limits that a result is held against, by the interval and not by the point.

`limits` and `file` say what a policy is and read it; `path`, `follow` and `figures` find any figure of a result by its
path; `figure` holds one figure against one limit; `named` has the limits with a name of their own; `judge` puts all
together.
"""

from audit.policy.file import POLICIES, located, read_policy
from audit.policy.judge import check, judged, outcome_of
from audit.policy.limits import PathLimit, Policy, TprLimit

__all__ = [
    "POLICIES",
    "PathLimit",
    "Policy",
    "TprLimit",
    "check",
    "judged",
    "located",
    "outcome_of",
    "read_policy",
]
