"""``*`` with what narrows and renames it. Vendor page: "SELECT"."""

from __future__ import annotations

from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.parser.types import TypeParser


class StarParser(TypeParser):
    def expression(self) -> n.Expr:
        raise NotImplementedError

    def star(self, qualifier: tuple[str, ...], start: int | None = None) -> n.Star:
        start = self.token.start if start is None else start
        self.expect_op("*")
        star = n.Star(qualifier, start=start)
        if self.accept("ILIKE"):
            star.ilike = self.string()
        if self.accept_any("EXCLUDE", "EXCEPT") if self.is_word("EXCLUDE") else False:
            star.exclude = tuple(self._names())
        if self.is_word("REPLACE") and self.ahead().value == "(":
            self.next()
            star.replace = tuple(self.parenthesized(self._replacement))
        if self.accept("RENAME"):
            star.rename = tuple(self.parenthesized(self._renaming) if self.is_op("(") else [self._renaming()])
        star.end = self.last_end
        return star

    def _names(self) -> list[str]:
        def name() -> str:
            return self.qualified()[-1]

        return self.parenthesized(name) if self.is_op("(") else [name()]

    def _replacement(self) -> tuple[str, n.Expr]:
        value = self.expression()
        self.expect("AS")
        return self.identifier(), value

    def _renaming(self) -> tuple[str, str]:
        name = self.qualified()[-1]
        self.expect("AS")
        return name, self.identifier()
