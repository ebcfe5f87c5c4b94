"""The errors that a person can cause or repair; each says what, where and what to do next."""

from __future__ import annotations

from collections.abc import Sequence


class AuditError(Exception):
    """An expected failure.

    Attributes:
        message: what is wrong and where; one sentence a problem.
        hint: what to do next.
        exit_code: the exit code of the command line.
    """

    exit_code = 2

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if hint:
            self.add_note(f"what to do: {hint}")  # which a traceback shows to who calls from Python

    def __reduce__(self) -> tuple[type[AuditError], tuple[str, str]]:
        return type(self), (self.message, self.hint)

    @classmethod
    def collected(cls, problems: Sequence[str], hint: str = "") -> AuditError:
        """One error out of several problems, each on a line of its own."""
        return cls(problems[0] if len(problems) == 1 else "\n".join(f"- {p}" for p in problems), hint)


class ConfigError(AuditError):
    """A setting that is unknown, of the wrong type or out of range."""


class DataError(AuditError):
    """A data source that cannot be read or that cannot be audited."""


class ModelError(AuditError):
    """A model factory that does not import, does not build, or cannot be trained with DP."""


class PrivacyError(AuditError):
    """A privacy target that cannot be met or whose accountants disagree."""


class PoolError(AuditError):
    """A pool on disk that is damaged, foreign or locked."""


class PolicyError(AuditError):
    """A policy file that cannot be read."""


class TrainingError(AuditError):
    """Training that could not be finished; what was finished is kept."""

    exit_code = 3
