"""Translation for a session: which caches serve it, and what it knows of the catalog."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from dw_simulator.emulators.redshift.commands.lexer import quote_names, quote_string
from dw_simulator.emulators.redshift.commands.types import Change, Command, Deferred, PassThrough, Rewritten, Session
from dw_simulator.emulators.redshift.conversation import Conversation
from dw_simulator.emulators.redshift.translation.cache import Lru, TranslationCache, filled
from dw_simulator.emulators.redshift.translation.context import CatalogNeeded, Columns, Context, TableName
from dw_simulator.emulators.redshift.translation.scan import Template
from dw_simulator.observability.sql_trace import without_comment

Outcome = TypeVar("Outcome")
Ready = PassThrough | Rewritten | Command

_MEMORY = "translation"
_TEXTS = 512
"""Texts kept of a session: those that come again and again, as prepared statements do."""


class Generation:
    """Counts changes of any catalog: what sessions know of tables is good for one generation."""

    number = 0
    procedures = 0
    """How many procedures run that may change the catalog and commit at any moment: meanwhile what is known is good
    for one statement."""

    @classmethod
    def advance(cls) -> None:
        cls.number += 1

    @classmethod
    def of(cls, session: Session) -> int:
        """What is known now is good as long as this stays the same: changes in the session only count too."""
        return cls.number + session.generation


_shared: dict[tuple[bool, bool], TranslationCache] = {}
"""Translations that depend on the text and on the session's switches only."""


class SessionTranslator:
    """Translates for one session, with the columns of the tables it has asked about."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._generation = Generation.of(session)
        self._tables: dict[TableName, Columns | None] = {}
        self._indexed: dict[TableName, frozenset[str] | None] = {}
        self._functions: dict[str, bool] = {}
        self._own = TranslationCache(512)
        self._whole: Lru[tuple[str, ...]] = Lru(2048)
        self._texts: dict[str, str] = {}
        self._texts_switches = (False, False)

    def translate(self, sql: str) -> str:
        """A query for the backend.

        Raises:
            RedshiftError: it is refused.
            CatalogNeeded: call `learn` with it, then again.
        """
        self._refresh()
        sql = without_comment(sql)
        switches = case, case_super = self._switches()
        shared = _shared.setdefault(switches, TranslationCache())
        known = shared.known(sql) or self._own.known(sql)
        lookups = self._session.backend.lookups
        if known is not None:
            lookups.hits += 1
            return known
        lookups.misses += 1
        context = Context(
            *(self._tables, self._indexed, self._functions), case_sensitive=case, case_sensitive_super=case_super
        )
        return shared.translate(sql, context, depends=self._own)

    def _switches(self) -> tuple[bool, bool]:
        case_super = self._session.parameters.get("enable_case_sensitive_super_attribute", "off") in ("on", "true")
        return case_sensitive(self._session), case_super

    def known(self, sql: str) -> str | None:
        """The text for a very statement that `remember_text` was told of; empty: it passes as it is."""
        self._refresh()
        if self._texts_switches != (switches := self._switches()):
            self._texts_switches = switches
            self._texts.clear()
        found = self._texts.get(sql)
        if found:
            self._session.backend.lookups.hits += 1
        return found

    def remember_text(self, sql: str, text: str) -> None:
        """After `known` had no answer for it."""
        if len(self._texts) >= _TEXTS:
            self._texts.clear()
        self._texts[sql] = text

    def whole(self, template: Template) -> tuple[str, ...] | None:
        """What takes the place of statements whose template `remember_whole` knows, for `filled`; empty: they pass."""
        self._refresh()
        pieces = self._whole.get(self._whole_key(template))
        if pieces:
            self._session.backend.lookups.hits += 1
        return pieces

    def remember_whole(self, template: Template, text: str | None) -> tuple[str, ...] | None:
        """Translating, which made ``text`` of this one, is all there is to do for statements of ``template``.

        None: they pass as they are, as long as the catalog stays as it is. Gives what `whole` says from now on.
        """
        pieces: tuple[str, ...] | None = () if text is None else (text,)
        if text is not None and template.literals:
            shared = _shared.get(self._switches())
            pieces = (shared.pieces(template) if shared is not None else None) or self._own.pieces(template)
        if pieces is None or (text is not None and filled(pieces, template.literals) != text):
            return None
        self._whole.put(self._whole_key(template), pieces)
        return pieces

    def _whole_key(self, template: Template) -> str:
        case, case_super = self._switches()
        return f"{case:d}{case_super:d}{template.key}"

    def columns(self, name: TableName) -> Columns | None:
        """The columns of a table.

        Raises:
            CatalogNeeded: as `translate`.
        """
        self._refresh()
        return Context(tables=self._tables).columns(name)

    def _refresh(self) -> None:
        generation = Generation.number + self._session.generation
        if self._generation != generation:
            self._generation = generation
            self.forget()

    def forget(self) -> None:
        """The search path or the catalog changed."""
        self._tables.clear()
        self._indexed.clear()
        self._functions.clear()
        self._own.clear()
        self._whole.clear()
        self._texts.clear()

    async def learn(self, need: CatalogNeeded, conversation: Conversation) -> None:
        """Ask the catalog what the translation needs."""
        if conversation.in_transaction:
            shown = await conversation.execute("SHOW transaction_isolation")
            if shown.scalar() != "read committed":
                # The transaction sees an old state of the catalog: what is learned from it ends with it.
                self._session.change = max(self._session.change, Change.SESSION)
        if need.functions:
            await self._learn_functions(sorted(need.functions), conversation)
        if need.tables:
            await self._learn_tables(need.tables, conversation)

    async def _learn_functions(self, names: list[str], conversation: Conversation) -> None:
        wanted = ", ".join(map(quote_string, names))
        found = await conversation.execute(_FUNCTIONS.format(wanted=wanted))
        known = {row[0] for row in found.rows}
        self._functions.update({name: name in known for name in names})

    async def _learn_tables(self, tables: frozenset[TableName], conversation: Conversation) -> None:
        missing = sorted(tables - self._tables.keys())
        if not missing:  # an earlier statement of the same script asked for them
            return
        names = [quote_names(name[-2:]) for name in missing]
        wanted = ", ".join(f"({number}, {quote_string(name)})" for number, name in enumerate(names))
        found: dict[int, dict[str, str]] = {}
        result = await conversation.execute(_COLUMNS.format(wanted=wanted))
        leading: dict[int, set[str]] = {}
        for number, column, type_name, leads in result.rows:
            assert number is not None
            columns = found.setdefault(int(number), {})
            if column is not None and type_name is not None:
                columns[column] = type_name
                if leads is not None:
                    leading.setdefault(int(number), set()).update((column,) if leads == "t" else ())
        for index, name in enumerate(missing):
            self._tables[name] = found.get(index) or None
            self._indexed[name] = frozenset(leading[index]) if index in leading else None


_COLUMNS = (
    "SELECT n, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), CASE WHEN c.relkind = 'r' THEN EXISTS"
    " (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid AND i.indkey[0] = a.attnum) END"
    " FROM (VALUES {wanted}) v(n, name) JOIN pg_catalog.pg_class c ON c.oid = pg_catalog.to_regclass(name)"
    " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
    " ORDER BY n, a.attnum"
)


_FUNCTIONS = (
    "SELECT proname FROM pg_catalog.pg_proc WHERE proname IN ({wanted})"
    " AND pronamespace <> CAST('pg_catalog' AS pg_catalog.regnamespace)"
)


def case_sensitive(session: Session) -> bool:
    """Whether quoted names keep their case."""
    return session.parameters.get("enable_case_sensitive_identifier", "off") in ("on", "true")


def translator(session: Session) -> SessionTranslator:
    found: Any = session.memory.get(_MEMORY)
    if found is None:
        found = session.memory[_MEMORY] = SessionTranslator(session)
    result: SessionTranslator = found
    return result


def planned(session: Session, build: Callable[[Callable[[str], str]], Ready]) -> Ready | Deferred:
    """What ``build`` makes with a translate function; deferred until the catalog was asked when it needs that."""
    own = translator(session)
    try:
        return build(own.translate)
    except CatalogNeeded as need:
        return Deferred(_resolver(own, build, need))


def _resolver(
    own: SessionTranslator, build: Callable[[Callable[[str], str]], Ready], first: CatalogNeeded
) -> Callable[[Conversation], Awaitable[Ready]]:
    async def resolve(conversation: Conversation) -> Ready:
        wanted = first
        while True:
            await own.learn(wanted, conversation)
            try:
                return build(own.translate)
            except CatalogNeeded as need:
                wanted = need

    return resolve
