"""How the sandbox refuses: one error with the status and code that go back to the caller."""

from __future__ import annotations


class Refused(Exception):
    """A request that changed nothing; `status` and `code` are what the caller sees."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
