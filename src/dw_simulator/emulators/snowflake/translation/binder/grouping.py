"""GROUP BY and windows. Vendor pages: "GROUP BY", "Window function syntax and usage"."""

from __future__ import annotations

from decimal import Decimal

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.binder.expressions import ExpressionBinder
from dw_simulator.emulators.snowflake.translation.typing import Typed


class GroupBinder(ExpressionBinder):
    def group_by(self, select: n.Select, values: list[Typed], aggregated: list[bool]) -> str:
        group = select.group
        assert group is not None
        if group.all:
            keys = [value.sql for value, has in zip(values, aggregated, strict=True) if not has and not value.is_const]
            return f" GROUP BY {', '.join(keys)}" if keys else self._single_group(aggregated)
        positions = self._positions(select, values)
        parts = [sql for item in group.items if (sql := self._group_key(item, positions))]
        for kind, sets in group.sets:
            rendered = [self._set(items, positions) for items in sets]
            parts.append(f"{kind} ({', '.join(rendered)})")
        return f" GROUP BY {', '.join(parts)}" if parts else " GROUP BY ('')"

    def _single_group(self, aggregated: list[bool]) -> str:
        return "" if any(aggregated) else " GROUP BY ('')"

    def _set(self, items: list[n.Expr], positions: list[Typed]) -> str:
        keys = [sql for item in items if (sql := self._group_key(item, positions))]
        return "(" + ", ".join(keys) + ")"

    def _positions(self, select: n.Select, values: list[Typed]) -> list[Typed]:
        del select
        return values

    def _group_key(self, item: n.Expr, positions: list[Typed]) -> str:
        """SQL of a grouping key; empty for a constant, which groups nothing."""
        if isinstance(item, n.Literal) and item.kind == "number" and item.value.isdigit():
            index = int(item.value) - 1
            if not 0 <= index < len(positions):
                raise self.error(errors.NOT_GROUPED, item, item.value)
            value = positions[index]
        else:
            before = self.aggregates
            value = self.expression(item)
            if self.aggregates != before:
                raise self.error(errors.NOT_GROUPED, item, self.text_of(item).upper())
        return "" if value.is_const else value.sql

    # --- windows ------------------------------------------------------------------------------------------------------
    def window_sql(self, window: n.Window) -> str:
        """``(PARTITION BY … ORDER BY … frame)``."""
        if window.name is not None:
            window = self._named(window)
        parts = []
        if window.partition:
            keys = [self.key(self.expression(item)) for item in window.partition]
            parts.append(f"PARTITION BY {', '.join(keys)}")
        if window.order:
            parts.append(self.order_sql(window.order))
        if window.frame is not None:
            parts.append(self._frame(window, window.frame))
        return f"({' '.join(parts)})"

    def is_cumulative(self, window: n.Window) -> bool:
        """Whether the frame grows or shrinks from row to row, as the one does that ORDER BY alone means."""
        if window.name is not None:
            window = self._named(window)
        if window.frame is None:
            return bool(window.order)
        reach = _reach(window.frame.low), _reach(window.frame.high)
        return (reach[0] == _FIRST) != (reach[1] == _LAST)

    def _named(self, window: n.Window) -> n.Window:
        base = self.scope.windows.get(window.name or "")
        if base is None:
            raise self.error(errors.INVALID_IDENTIFIER, window, window.name)
        if base.name is not None:
            base = self._named(base)
        return n.Window(
            None, window.partition or base.partition, window.order or base.order, window.frame or base.frame
        )

    def _frame(self, window: n.Window, frame: n.Frame) -> str:
        """Vendor page: "Window function syntax and usage". Raises SnowflakeError 002303: there is no such frame."""
        reach = [_reach(bound) for bound in (frame.low, frame.high)]
        if reach[0] > reach[1] or reach[0] == _LAST or reach[1] == _FIRST:
            raise errors.WINDOW_FRAME("it starts after its end")
        moving = [bound for bound in (frame.low, frame.high) if bound[1] is not None]
        if frame.unit == "RANGE" and moving:
            self._check_range(window)
        for _, amount in moving:
            if amount is not None and not isinstance(amount, n.Interval):
                self._check_amount(amount)
        return f"{frame.unit} BETWEEN {self._bound(frame.low)} AND {self._bound(frame.high)}"

    def _check_amount(self, amount: n.Expr) -> None:
        value = self.expression(amount)
        if not value.is_const or not isinstance(value.const, int | Decimal) or value.const < 0:
            raise errors.WINDOW_FRAME(f"[{self.text_of(amount)}] is not a constant number of 0 or more")

    def _check_range(self, window: n.Window) -> None:
        if len(window.order) != 1:
            raise errors.WINDOW_FRAME("RANGE with a distance needs one ORDER BY expression")
        kind = self.expression(window.order[0].expr).kind
        if kind not in _RANGED:
            raise errors.WINDOW_FRAME(
                f"RANGE with a distance needs ORDER BY of a number, date or timestamp, not {kind}"
            )

    def _bound(self, bound: tuple[str, n.Expr | None]) -> str:
        word, amount = bound
        if amount is None:
            return word
        if isinstance(amount, n.Interval):
            from dw_simulator.emulators.snowflake.translation.intervals import parse_interval

            text = " ".join(f"{count} {part}" for count, part in parse_interval(amount.text))
            return f"INTERVAL '{text}' {word}"
        return f"{self.expression(amount).sql} {word}"


_FIRST, _LAST = 0, 4
_RANGED = ("FIXED", "REAL", "DECFLOAT", "DATE", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP_TZ")


def _reach(bound: tuple[str, n.Expr | None]) -> int:
    """How late a bound is: unbounded preceding, preceding, the current row, following, unbounded following."""
    words = ("UNBOUNDED PRECEDING", "PRECEDING", "CURRENT ROW", "FOLLOWING", "UNBOUNDED FOLLOWING")
    return words.index(bound[0])
