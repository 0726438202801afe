"""The options of COPY and UNLOAD: authorization, format and options in any order. Source: "COPY", "UNLOAD"."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import ClassVar

from dw_simulator.emulators.redshift.copy.credentials import Credentials, read_authorization
from dw_simulator.emulators.redshift.copy.grammar import Reader
from dw_simulator.emulators.redshift.errors import UnsupportedFeatureError

_CODECS = {"gzip": "gzip", "bzip2": "bz2", "zstd": "zstd"}


class OptionReader(ABC):
    """Sets the attributes of ``options`` that a statement's options name."""

    command: ClassVar[str]
    """Its name in errors."""
    flags: ClassVar[Mapping[str, str]]
    """Options that are one word, by the attribute that they set."""
    unsupported: ClassVar[tuple[str, ...]]
    """Options that are documented and not emulated."""

    def __init__(self, reader: Reader, options: object) -> None:
        self._reader = reader
        self._target = options
        self._credentials = Credentials()

    @abstractmethod
    def handlers(self) -> Mapping[str, Callable[[], object]]:
        """What reads the rest of an option, by the option's first word."""

    def read(self) -> Credentials:
        """Read up to the end of the statement.

        Raises:
            RedshiftError: syntax error, a value out of range.
            UnsupportedFeatureError: an option that is documented and not emulated.
        """
        reader = self._reader
        handlers = self.handlers()
        while not reader.at_end:
            if reader.take_mark(","):
                continue
            token = reader.peek()
            assert token is not None
            found = read_authorization(reader, self._credentials)
            if found is not None:
                self._credentials = found
                continue
            word = reader.next().value if token.kind == "word" else ""
            if word == "format":
                reader.take_word("as")
            elif word in self.flags:
                self._set(self.flags[word], True)
            elif word in _CODECS:
                self._set("compression", _CODECS[word])
            elif word in handlers:
                handlers[word]()
            elif word in self.unsupported:
                raise UnsupportedFeatureError(f"{self.command} option {word.upper()}")
            else:
                raise reader.error(token)
        return self._credentials

    def _set(self, attribute: str, value: object) -> None:
        setattr(self._target, attribute, value)

    def _text(self, attribute: str) -> None:
        self._set(attribute, self._reader.as_string())
