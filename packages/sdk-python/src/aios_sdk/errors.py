"""The one error class of AIOS, and its form on the wire: a problem document (RFC 9457)."""

from __future__ import annotations

import traceback
from typing import Any

Problem = dict[str, Any]

_STATUS_AND_DISPOSITION: dict[str, tuple[int, str]] = {
    "invalid_argument": (400, "fix_input"),
    "unauthenticated": (401, "operator"),
    "permission_denied": (403, "ask_human"),
    "not_found": (404, "fix_input"),
    "already_exists": (409, "fix_input"),
    "failed_precondition": (409, "fix_input"),
    "quota_exceeded": (402, "ask_human"),
    "rate_limited": (429, "wait"),
    "stale_fence": (409, "operator"),
    "deadline_exceeded": (504, "retry"),
    "cancelled": (499, "retry"),
    "outcome_unknown": (409, "ask_human"),
    "unavailable": (503, "retry"),
    "internal": (500, "operator"),
}


class AiosError(Exception):
    """What went wrong and what to do about it: ``code`` of a closed list, ``disposition``, ``details``."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        disposition: str | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        if code not in _STATUS_AND_DISPOSITION:
            raise ValueError(f"{code} is no code of AIOS: {', '.join(_STATUS_AND_DISPOSITION)}")
        super().__init__(message)
        self.code = code
        self.message = message
        self.disposition = disposition or _STATUS_AND_DISPOSITION[code][1]
        self.details = details

    @staticmethod
    def from_problem(problem: Problem) -> AiosError:
        return AiosError(
            problem["code"],
            problem["detail"],
            disposition=problem.get("disposition"),
            details=problem.get("details"),
        )

    def to_problem(self) -> Problem:
        problem: Problem = {
            "type": f"urn:aios:error:{self.code}",
            "title": self.code.replace("_", " "),
            "status": _STATUS_AND_DISPOSITION[self.code][0],
            "detail": self.message,
            "code": self.code,
            "disposition": self.disposition,
        }
        if self.details is not None:
            problem["details"] = self.details
        return problem


def needs_input(question: str, details: dict[str, Any] | None = None) -> AiosError:
    """The error by which an agent ends because a person has to answer first: ``raise needs_input("Which account?")``."""
    return AiosError(
        "failed_precondition",
        question,
        disposition="ask_human",
        details={**(details or {}), "needsInput": True},
    )


def to_problem(error: BaseException) -> Problem:
    """The problem document of anything raised: ours as it is, the rest as ``internal``."""
    if isinstance(error, AiosError):
        return error.to_problem()
    text = "".join(traceback.format_exception_only(type(error), error)).strip()
    return AiosError("internal", text).to_problem()
