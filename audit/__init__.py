"""Which training records does a training recipe memorize, and what does that let an attacker learn?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from audit.config import AuditConfig
    from audit.console import ConsoleProgress
    from audit.pipeline import load, run
    from audit.progress import Progress, Silent
    from audit.scoring import score

__version__ = "0.1.0"
__all__ = ["AuditConfig", "ConsoleProgress", "Progress", "Silent", "load", "run", "score"]

_HOMES = {
    "AuditConfig": "audit.config",
    "ConsoleProgress": "audit.console",
    "Progress": "audit.progress",
    "Silent": "audit.progress",
    "load": "audit.pipeline",
    "run": "audit.pipeline",
    "score": "audit.scoring",
}


def __getattr__(name: str) -> Any:
    """Import on first use, so that `import audit` and `audit --help` cost no torch."""
    if name not in _HOMES:
        raise AttributeError(f"module 'audit' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
