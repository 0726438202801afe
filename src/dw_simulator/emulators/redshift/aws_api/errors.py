"""What the APIs say no with."""

from __future__ import annotations


class ApiError(Exception):
    """``code`` is AWS's own; ``members`` are further members of a JSON error."""

    def __init__(self, code: str, message: str, status: int = 400, **members: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.members = members


def validation(message: str) -> ApiError:
    return ApiError("ValidationException", message)


def unknown_operation(name: str) -> ApiError:
    return ApiError("UnknownOperationException", f"operation {name} is not supported by the Redshift emulator")
