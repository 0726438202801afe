"""Data types. Vendor page: "SQL data types reference"."""

from __future__ import annotations

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.lexer import NUMBER, WORD
from dw_simulator.emulators.snowflake.translation.parser.stream import TokenStream

INTERVAL_FIELDS = tuple(
    f"{name}{ending}" for name in ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND") for ending in ("", "S")
)


class TypeParser(TokenStream):
    def type_ref(self) -> n.TypeRef:
        """A data type. Vendor page: "SQL data types reference"."""
        start = self.token.start
        name = self.identifier()
        if name == "INTERVAL" and self.is_word(*INTERVAL_FIELDS):
            return self.interval_type(start)
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

    def interval_type(self, start: int) -> n.TypeRef:
        """The fields of an interval type, at the first. Vendor page: "Date & time data types"."""
        first = self.identifier().removesuffix("S")
        sizes = self.parenthesized(self.integer) if self.is_op("(") else []
        last, fraction = "", sizes[1:] if first == "SECOND" else []
        if self.accept("TO"):
            last = self.identifier().removesuffix("S")
            if last == "SECOND" and self.is_op("("):
                self.expect_op("(")
                fraction = [self.integer()]
                self.expect_op(")")
            elif self.is_op("("):
                self.parenthesized(self.integer)
                raise errors.INTERVAL_TYPE(f"{first} TO {last}")
        name = f"{first} TO {last}" if last else first
        if len(sizes) > 1 + (first == "SECOND" and not last):
            raise errors.INTERVAL_TYPE(name)
        kind = n.TypeRef(f"INTERVAL {name}", [sizes[0] if sizes else 9, fraction[0] if fraction else 9], start=start)
        if self.accept("NOT", "NULL"):
            kind.not_null = True
        kind.end = self.last_end
        return kind

    def interval(self, start: int) -> n.Expr:
        """After INTERVAL: a literal of an interval type, or a constant as dates and times are moved by."""
        token = self.token
        text = self.string()
        unit = self.token.value if self.token.kind == WORD else ""
        if unit in INTERVAL_FIELDS:
            value = n.Literal("string", text, start=token.start, end=token.end)
            return n.Cast(value, self.interval_type(start), start=start, end=self.last_end)
        if unit.removesuffix("S") in ("QUARTER", "WEEK") and text.strip(" +-0123456789") == "":
            self.next()
            text = f"{text} {unit}"
        return n.Interval(text, start=start, end=self.last_end)

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
            elif kind.name in ("ARRAY", "MAP", "VECTOR", "TABLE", "PERIOD"):
                kind.fields.append(("", self.type_ref()))
            else:
                self.fail()
            if not self.accept_op(","):
                break
        self.expect_op(")")
