"""Golden files: `AUDIT_WRITE_GOLDEN=1` writes what a test renders, otherwise it is compared."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "reports" / "golden"


def assert_golden(name: str, text: str) -> None:
    path = FOLDER / name
    if os.environ.get("AUDIT_WRITE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), f"{path.name} differs; look, then set AUDIT_WRITE_GOLDEN=1"
