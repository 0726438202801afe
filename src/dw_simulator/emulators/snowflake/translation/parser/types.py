"""Data types. Vendor page: "SQL data types reference"."""

from __future__ import annotations

from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.lexer import NUMBER, WORD
from dw_simulator.emulators.snowflake.translation.parser.stream import TokenStream


class TypeParser(TokenStream):
    def type_ref(self) -> n.TypeRef:
        """A data type. Vendor page: "SQL data types reference"."""
        start = self.token.start
        name = self.identifier()
        if name in ("DOUBLE", "CHARACTER", "CHAR", "NCHAR", "BINARY") and self.accept_any("PRECISION", "VARYING"):
            name = {"DOUBLE": "DOUBLE", "BINARY": "VARBINARY"}.get(name, "VARCHAR")
        if name == "TIMESTAMP":
            name = self._timestamp_name()
        kind = n.TypeRef(name, start=start)
        if self.is_op("("):
            self._type_params(kind)
        if name == "TIMESTAMP" and not kind.fields:
            kind.name = self._timestamp_name()
        if self.accept("NOT", "NULL"):
            kind.not_null = True
        kind.end = self.last_end
        return kind

    def _timestamp_name(self) -> str:
        if self.accept("WITHOUT", "TIME", "ZONE"):
            return "TIMESTAMP_NTZ"
        if self.accept("WITH", "LOCAL", "TIME", "ZONE"):
            return "TIMESTAMP_LTZ"
        if self.accept("WITH", "TIME", "ZONE"):
            return "TIMESTAMP_TZ"
        return "TIMESTAMP"

    def _key(self) -> str:
        """The key of a structured OBJECT: unlike an identifier it is not folded."""
        token = self.token
        return self.sql[token.start : token.end] if self.identifier() and token.kind == WORD else token.value

    def _type_params(self, kind: n.TypeRef) -> None:
        self.expect_op("(")
        while not self.is_op(")"):
            if self.token.kind == NUMBER:
                kind.params.append(self.integer())
            elif kind.name == "OBJECT":
                kind.fields.append((self._key(), self.type_ref()))
            elif kind.name in ("ARRAY", "MAP", "VECTOR", "TABLE"):
                kind.fields.append(("", self.type_ref()))
            else:
                self.fail()
            if not self.accept_op(","):
                break
        self.expect_op(")")
