"""File formats and their options. Vendor page: "CREATE FILE FORMAT"."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.errors import SnowflakeError

Value = str | int | bool | tuple[str, ...] | None
"""None stands for NONE."""


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a file format. ``kind`` is the type DESCRIBE FILE FORMAT prints."""

    kind: str
    default: Value


_COMPRESSION = Option("String", "AUTO")
_OFF = Option("Boolean", False)
_ON = Option("Boolean", True)
_AUTO = Option("String", "AUTO")
_NO_NULLS = Option("List", ())
_TEXT_FORMATS = {"DATE_FORMAT": _AUTO, "TIME_FORMAT": _AUTO, "TIMESTAMP_FORMAT": _AUTO}

FORMATS: dict[str, dict[str, Option]] = {
    "CSV": {
        "COMPRESSION": _COMPRESSION,
        "RECORD_DELIMITER": Option("String", "\n"),
        "FIELD_DELIMITER": Option("String", ","),
        "FILE_EXTENSION": Option("String", None),
        "SKIP_HEADER": Option("Integer", 0),
        "PARSE_HEADER": _OFF,
        **_TEXT_FORMATS,
        "BINARY_FORMAT": Option("String", "HEX"),
        "ESCAPE": Option("String", None),
        "ESCAPE_UNENCLOSED_FIELD": Option("String", "\\"),
        "TRIM_SPACE": _OFF,
        "FIELD_OPTIONALLY_ENCLOSED_BY": Option("String", None),
        "NULL_IF": Option("List", ("\\N",)),
        "ERROR_ON_COLUMN_COUNT_MISMATCH": _ON,
        "VALIDATE_UTF8": _ON,
        "SKIP_BLANK_LINES": _OFF,
        "REPLACE_INVALID_CHARACTERS": _OFF,
        "EMPTY_FIELD_AS_NULL": _ON,
        "SKIP_BYTE_ORDER_MARK": _ON,
        "ENCODING": Option("String", "UTF8"),
        "MULTI_LINE": _ON,
    },
    "JSON": {
        "COMPRESSION": _COMPRESSION,
        **_TEXT_FORMATS,
        "BINARY_FORMAT": Option("String", "HEX"),
        "TRIM_SPACE": _OFF,
        "NULL_IF": _NO_NULLS,
        "FILE_EXTENSION": Option("String", None),
        "ENABLE_OCTAL": _OFF,
        "ALLOW_DUPLICATE": _OFF,
        "STRIP_OUTER_ARRAY": _OFF,
        "STRIP_NULL_VALUES": _OFF,
        "IGNORE_UTF8_ERRORS": _OFF,
        "REPLACE_INVALID_CHARACTERS": _OFF,
        "SKIP_BYTE_ORDER_MARK": _ON,
        "MULTI_LINE": _ON,
    },
    "PARQUET": {
        "COMPRESSION": _COMPRESSION,
        "SNAPPY_COMPRESSION": _ON,
        "BINARY_AS_TEXT": _ON,
        "USE_LOGICAL_TYPE": _OFF,
        "USE_VECTORIZED_SCANNER": _OFF,
        "TRIM_SPACE": _OFF,
        "REPLACE_INVALID_CHARACTERS": _OFF,
        "NULL_IF": _NO_NULLS,
    },
    "ORC": {"TRIM_SPACE": _OFF, "REPLACE_INVALID_CHARACTERS": _OFF, "NULL_IF": _NO_NULLS},
    "AVRO": {
        "COMPRESSION": _COMPRESSION,
        "TRIM_SPACE": _OFF,
        "REPLACE_INVALID_CHARACTERS": _OFF,
        "NULL_IF": _NO_NULLS,
    },
    "XML": {
        "COMPRESSION": _COMPRESSION,
        "IGNORE_UTF8_ERRORS": _OFF,
        "PRESERVE_SPACE": _OFF,
        "STRIP_OUTER_ELEMENT": _OFF,
        "DISABLE_AUTO_CONVERT": _OFF,
        "REPLACE_INVALID_CHARACTERS": _OFF,
        "SKIP_BYTE_ORDER_MARK": _ON,
    },
}

COMPRESSIONS = frozenset({"AUTO", "GZIP", "BZ2", "BROTLI", "ZSTD", "DEFLATE", "RAW_DEFLATE", "SNAPPY", "LZO", "NONE"})


@dataclass(frozen=True, slots=True)
class FileFormat:
    """A type and the options that were given; :meth:`get` adds the defaults."""

    type: str = "CSV"
    options: Mapping[str, Value] = field(default_factory=dict)

    def get(self, name: str) -> Any:
        if name in self.options:
            return self.options[name]
        return FORMATS[self.type][name].default

    def text(self, name: str) -> str | None:
        value = self.get(name)
        return None if value is None else str(value)

    def over(self, options: Mapping[str, Any]) -> FileFormat:
        """This format with ``options`` (as parsed) on top."""
        return file_format({"TYPE": self.type, **options}, base=self)

    def described(self) -> list[tuple[str, str, str, str]]:
        """The rows of DESCRIBE FILE FORMAT: property, type, value, default."""
        rows = [("TYPE", "String", self.type, "CSV")]
        for name, option in FORMATS[self.type].items():
            value, default = (
                "" if name == "FILE_EXTENSION" and one is None else _shown(one)
                for one in (self.get(name), option.default)
            )
            rows.append((name, option.kind, value, default))
        return rows

    def all_options(self) -> dict[str, Any]:
        """Every option with its value, as SHOW FILE FORMATS prints them."""
        found = {"TYPE": self.type, **{name: _plain(self.get(name)) for name in FORMATS[self.type]}}
        return {name: "NONE" if value is None and name != "FILE_EXTENSION" else value for name, value in found.items()}

    def to_dict(self) -> dict[str, Any]:
        """A JSON object that :meth:`from_dict` reads."""
        return {"TYPE": self.type, **{name: _plain(value) for name, value in self.options.items()}}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> FileFormat:
        options = {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}
        return cls(str(options.pop("TYPE", "CSV")), options)


def _plain(value: Value) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _shown(value: Value) -> str:
    if value is None:
        return "NONE"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(map(_shown, value))}]"
    return str(value).replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")


def file_format(options: Mapping[str, Any], base: FileFormat | None = None) -> FileFormat:
    """A format from parsed options (names in upper case, ``TYPE`` among them).

    Raises:
        SnowflakeError: the type or an option is unknown, or a value is not one the option takes.
    """
    given = dict(options)
    kind = str(given.pop("TYPE", base.type if base else "CSV")).upper()
    known = FORMATS.get(kind)
    if known is None:
        raise errors.INVALID_PARAMETER_VALUE(kind, "TYPE")
    kept = dict(base.options) if base and base.type == kind else {}
    for name, value in given.items():
        option = known.get(name)
        if option is None:
            raise errors.INVALID_PROPERTY(name, f"{kind} file format")
        kept[name] = _READERS[option.kind](name, value)
    _check(kind, kept)
    return FileFormat(kind, kept)


def _check(kind: str, options: Mapping[str, Value]) -> None:
    compression = options.get("COMPRESSION", "AUTO")
    if compression not in COMPRESSIONS:
        raise errors.INVALID_PARAMETER_VALUE(compression, "COMPRESSION")
    if kind == "CSV" and options.get("PARSE_HEADER") and options.get("SKIP_HEADER"):
        raise SnowflakeError(
            1421, "22023", "SQL compilation error:\nSKIP_HEADER and PARSE_HEADER cannot be set at the same time."
        )
    for name in ("FIELD_OPTIONALLY_ENCLOSED_BY", "ESCAPE", "ESCAPE_UNENCLOSED_FIELD"):
        value = options.get(name)
        if isinstance(value, str) and len(value) != 1:
            raise errors.INVALID_PARAMETER_VALUE(value, name)


# --- option values ---
def _read_boolean(name: str, value: Any) -> Value:
    if isinstance(value, bool):
        return value
    lowered = str(value).lower()
    if lowered not in ("true", "false"):
        raise errors.INVALID_PARAMETER_VALUE(value, name)
    return lowered == "true"


def _read_integer(name: str, value: Any) -> Value:
    try:
        number = int(value)
    except (TypeError, ValueError):
        raise errors.INVALID_PARAMETER_VALUE(value, name) from None
    if number < 0:
        raise errors.INVALID_PARAMETER_VALUE(value, name)
    return number


_WORDS = frozenset({"COMPRESSION", "BINARY_FORMAT", "ENCODING"})
_DELIMITERS = frozenset(
    {"RECORD_DELIMITER", "FIELD_DELIMITER", "ESCAPE", "ESCAPE_UNENCLOSED_FIELD", "FIELD_OPTIONALLY_ENCLOSED_BY"}
)


def _read_string(name: str, value: Any) -> Value:
    text = str(value)
    if name == "COMPRESSION":
        return text.upper()
    if text.upper() == "NONE" or (text == "" and name in _DELIMITERS):
        return None
    if name in _WORDS:
        return text.upper()
    return unescape(text) if name in _DELIMITERS else text


def _read_list(name: str, value: Any) -> Value:  # noqa: ARG001 - interface
    if isinstance(value, (list, tuple)):
        return tuple(str(item) for item in value)
    return (str(value),)


_READERS: dict[str, Callable[[str, Any], Value]] = {
    "Boolean": _read_boolean,
    "Integer": _read_integer,
    "String": _read_string,
    "List": _read_list,
}

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "0": "\0", "\\": "\\", "'": "'", '"': '"'}


def unescape(text: str) -> str:
    r"""A delimiter as written in an option: ``\t``, ``\x01``, ``\001``, ``0x01`` or the characters themselves."""
    if text[:2].lower() == "0x":
        try:
            return bytes.fromhex(text[2:]).decode("utf-8")
        except ValueError:
            return text
    result, index = [], 0
    while index < len(text):
        character = text[index]
        if character != "\\" or index + 1 == len(text):
            result.append(character)
            index += 1
            continue
        piece, used = _escaped(text, index + 1)
        result.append(piece)
        index += 1 + used
    return "".join(result)


def _escaped(text: str, index: int) -> tuple[str, int]:
    """(the character, how many characters it took) of what follows a backslash."""
    digits = text[index + 1 : index + 3]
    if text[index] in "xX" and len(digits) == 2 and all(c in "0123456789abcdefABCDEF" for c in digits):
        return chr(int(digits, 16)), 3
    octal = text[index : index + 3]
    if len(octal) == 3 and all(c in "01234567" for c in octal):
        return chr(int(octal, 8)), 3
    return _ESCAPES.get(text[index], text[index]), 1
