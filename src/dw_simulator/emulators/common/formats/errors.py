"""What goes wrong when a file is read."""

from __future__ import annotations


class FormatError(Exception):
    """A file is not what it should be. ``line`` (1-based, in the uncompressed text) and ``column`` say where, if known.

    ``kind`` is for the emulators' own error tables: ``parse``, ``column_count``, ``encoding``, ``value``,
    ``unterminated``, ``compression``, ``missing_column``, ``unsupported``. ``column`` is a name, or a number (1-based)
    where columns have no names. ``text`` is the offending record or value, shortened.
    """

    def __init__(
        self,
        kind: str,
        message: str,
        *,
        file: str,
        line: int | None = None,
        column: str | int | None = None,
        text: str | None = None,
    ) -> None:
        place = "".join(
            (f", line {line}" if line is not None else "", f", column {column}" if column is not None else "")
        )
        super().__init__(f"{file}{place}: {message}")
        self.kind = kind
        self.message = message
        self.file = file
        self.line = line
        self.column = column
        self.text = text[:1024] if text is not None else None
