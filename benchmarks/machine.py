"""The machine that figures are from."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("torch", "opacus", "numpy", "scipy")


@dataclass(frozen=True, slots=True)
class Machine:
    """Where and with what something was measured.

    Attributes:
        processor: its model's name.
        cores: cores that this program may use.
        memory: GiB of main memory; 0 where the system does not say.
        system: operating system and architecture.
        versions: package -> version, Python among them.
    """

    processor: str
    cores: int
    memory: float
    system: str
    versions: Mapping[str, str]

    @classmethod
    def here(cls) -> Machine:
        """The machine that this runs on."""
        versions = {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}
        return cls(_processor(), cores(), _memory(), f"{platform.system()} {platform.machine()}", versions)

    def named(self) -> dict[str, object]:
        """The machine without the versions."""
        names = ("processor", "cores", "memory", "system")
        return {name: getattr(self, name) for name in names}

    def line(self) -> str:
        """The machine in one sentence."""
        packages = ", ".join(f"{name} {number}" for name, number in self.versions.items())
        return f"{self.processor}, {self.cores} cores, {self.memory:.0f} GiB, {self.system}; {packages}."


def cores() -> int:
    """Cores that this program may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _processor() -> str:
    listing = Path("/proc/cpuinfo")
    lines = listing.read_text().splitlines() if listing.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _memory() -> float:
    if "SC_PHYS_PAGES" not in os.sysconf_names:
        return 0.0
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
