"""Text after a regular expression."""

from __future__ import annotations

from dw_simulator.generator.automaton import Matches, PatternError, Tree, automaton, longest, parse, sample
from dw_simulator.generator.columns.common import POOL_SIZE, texts, type_text
from dw_simulator.generator.domain import Domain, Pool
from dw_simulator.generator.registry import Request, RuleProblem, rule
from dw_simulator.generator.streams import Stream

_LONGEST = 4000
"""Bytes of a text."""
_TRIES = 8
_CHUNK = 4096
_MOST_DRAWS = 1 << 19
_FEW = 256
"""Texts of a pool of long ones, each of which takes many draws."""


@rule("regex", takes_argument="a regular expression: classes, groups, | and repetitions; * and + end after 8")
def regex(request: Request) -> Domain:
    """Text after a regular expression, such as ``regex:[A-Z]{2}\\d{4,6}(-X)?``"""
    if not request.argument:
        raise RuleProblem("the rule regex needs a pattern after a colon", "for example regex:[A-Z]{2}-\\d{4}")
    try:
        tree = parse(request.argument)
        domain = Matches(automaton(tree), min(longest(tree), request.limit, _LONGEST))
    except PatternError as error:
        raise RuleProblem(
            f"the pattern {request.argument!r} is not possible: {error}", "see docs/generation.md"
        ) from None
    if domain.size == 0 or longest(tree) == 0:
        raise RuleProblem(
            f"no text of the pattern {request.argument!r} fits into {type_text(request)}", "widen the column"
        )
    return domain if request.wanted else _pool(request, tree)


def _pool(request: Request, tree: Tree) -> Domain:
    """Texts whose parts are equally likely; a text may come from a short or a long repetition alike."""
    drawn = _Drawn(request.stream("pool"))
    found: dict[str, None] = {}
    for _ in range(POOL_SIZE * _TRIES):
        value = sample(tree, drawn.below)
        if value and len(value.encode()) <= request.limit:
            found[value] = None
        if len(found) == POOL_SIZE or (drawn.count > _MOST_DRAWS and len(found) > _FEW):
            break
    if not found:
        raise RuleProblem(f"hardly any text of the pattern fits into {type_text(request)}", "widen the column")
    return Pool(texts(list(found)))


class _Drawn:
    """Random numbers one by one."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._words: list[int] = []
        self.count = 0

    def below(self, limit: int) -> int:
        place = self.count % _CHUNK
        if not place:
            self._words = self._stream.words(self.count, _CHUNK).tolist()
        self.count += 1
        return self._words[place] % limit
