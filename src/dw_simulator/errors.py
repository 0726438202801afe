"""The exception tree of the control side (schema, generator, staging, warehouses, experiments, stack).

    DwSimulatorError
    ├── ConfigError             a setting is missing or wrong
    │   └── SecretError         a reference to a secret cannot be resolved
    ├── SchemaError             a schema cannot be used: one or more problems, each with its place
    │   └── ImportSchemaError   a DDL, JSON, YAML or other source cannot be read
    ├── GenerationError         data cannot be made from this schema
    │   └── GenerationCancelled the user stopped it
    ├── StagingError            the object store refused or failed
    ├── QueryCancelled          a statement was stopped on request
    ├── WarehouseError          a warehouse refused or failed
    │   └── WarehouseSqlError   a statement failed; carries the warehouse's own code
    ├── ExportError             a result does not fit the format it is to be written in
    ├── ServiceUnavailable      a service does not answer; names it and says what starts it
    ├── InvalidRequest          an argument is not what the service behind takes
    ├── NotFound                no such experiment, run, table
    ├── Conflict                exists already, or is busy
    │   ├── Busy                another operation is under way; it can be tried again
    │   └── ConfirmationRequired  would change a warehouse elsewhere, and nobody has said yes
    ├── VerificationFailed      a warehouse does not hold what the schema promises
    └── StackError              the local stack cannot be started or stopped
        └── CertificateError    the stack's certificates are missing, wrong or expired

The emulators have error tables of their own: they speak the codes of the service they emulate.
Each class has a stable ``code`` and an ``exit_code`` for the command line; the API maps classes to HTTP statuses in
one place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


class DwSimulatorError(Exception):
    """An error with a stable code, a message that names the thing, and a hint that says what to do."""

    code = "error"
    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[object, ...]:
        """Errors travel between processes, whatever the arguments of their classes are."""
        return _restored, (type(self), self.args, self.__dict__)


def _restored(kind: type[DwSimulatorError], args: tuple[object, ...], state: dict[str, object]) -> DwSimulatorError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class ConfigError(DwSimulatorError):
    code = "config"
    exit_code = 2


class SecretError(ConfigError):
    code = "secret"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with an input.

    ``path`` names the place in the model (``tables.orders.columns.total.max_value``); ``line`` and ``column`` (1-based)
    name the place in a source text, where there is one.
    """

    message: str
    path: str = ""
    hint: str | None = None
    line: int | None = None
    column: int | None = None
    construct: str | None = None

    def __str__(self) -> str:
        place = f"line {self.line}, column {self.column}: " if self.line else ""
        where = f"{self.path}: " if self.path else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{place}{where}{self.message}{hint}"


class SchemaError(DwSimulatorError):
    """The schema cannot be used. ``problems`` lists everything that is wrong, not only the first thing."""

    code = "schema"
    exit_code = 3

    def __init__(self, problems: Iterable[Problem] | Problem | str, *, hint: str | None = None) -> None:
        if isinstance(problems, str):
            problems = (Problem(problems),)
        elif isinstance(problems, Problem):
            problems = (problems,)
        self.problems: Sequence[Problem] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems), hint=hint)


class ImportSchemaError(SchemaError):
    code = "import"


class GenerationError(DwSimulatorError):
    code = "generation"
    exit_code = 4


class GenerationCancelled(GenerationError):
    code = "cancelled"
    exit_code = 130


class LoadCancelled(DwSimulatorError):
    """A load was stopped on request; what it did is undone."""

    code = "cancelled"
    exit_code = 130


class QueryCancelled(DwSimulatorError):
    """A statement was stopped on request."""

    code = "cancelled"
    exit_code = 130


class StagingError(DwSimulatorError):
    code = "staging"
    exit_code = 5


class WarehouseError(DwSimulatorError):
    code = "warehouse"
    exit_code = 6


class WarehouseSqlError(WarehouseError):
    """A statement failed in a warehouse. ``warehouse_code`` is its own code (SQLSTATE or Snowflake's number).

    ``line`` and ``column`` (1-based) are the place in the statement, where the warehouse names one.
    """

    code = "sql"

    def __init__(
        self,
        message: str,
        *,
        warehouse_code: str | None = None,
        hint: str | None = None,
        line: int | None = None,
        column: int | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.warehouse_code = warehouse_code
        self.line = line
        self.column = column


class ExportError(DwSimulatorError):
    code = "export"
    exit_code = 12


class ServiceUnavailable(DwSimulatorError):
    """A service does not answer. The hint says what starts it."""

    code = "unavailable"
    exit_code = 7

    def __init__(self, service: str, address: str, *, reason: str | None = None, hint: str | None = None) -> None:
        detail = f": {reason}" if reason else ""
        super().__init__(
            f"the {service} service does not answer at {address}{detail}",
            hint=hint or "start the local stack with: dw-sim up --detach",
        )
        self.service = service
        self.address = address


class InvalidRequest(DwSimulatorError):
    code = "invalid"
    exit_code = 2


class NotFound(DwSimulatorError):
    code = "not_found"
    exit_code = 8


class Conflict(DwSimulatorError):
    code = "conflict"
    exit_code = 9


class Busy(Conflict):
    """Another operation is under way."""


class ConfirmationRequired(Conflict):
    code = "confirmation"


class VerificationFailed(DwSimulatorError):
    code = "verification"
    exit_code = 11


class StackError(DwSimulatorError):
    code = "stack"
    exit_code = 10


class CertificateError(StackError):
    code = "certificate"
