"""The process that runs a handler. A program: it runs in the interpreter of ``snowflake.python``, without this project.

Frames of JSON, each after its length in four bytes, come on standard input and go to standard output. The first defines
the handler; then come rows of arguments (as exact texts) and go results, or an error's text. A procedure in JavaScript
asks for statements between the two. What the handler prints goes nowhere.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import importlib
import json
import os
import struct
import sys
import traceback
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

SEMI = ("VARIANT", "OBJECT", "ARRAY", "MAP")
CODE = "_udf_code"
"""The module that code written in a statement is, as in tracebacks of Snowflake."""
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
JS_MEMORY = 1 << 29


class Refused(Exception):
    """What the handler asks for is not there."""


class Channel:
    def __init__(self, source: BinaryIO, sink: BinaryIO) -> None:
        self._source, self._sink = source, sink

    def read(self) -> Any:
        head = self._source.read(4)
        if len(head) < 4:
            sys.exit(0)
        return json.loads(self._source.read(struct.unpack(">I", head)[0]))

    def write(self, message: Any) -> None:
        data = json.dumps(message).encode()
        self._sink.write(struct.pack(">I", len(data)) + data)
        self._sink.flush()

    def ask(self, message: Any) -> Any:
        self.write(message)
        return self.read()


# --- values of Python -------------------------------------------------------------------------------------------------
def _aware(text: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=dt.UTC)


def _zoned(text: str) -> dt.datetime:
    moment, _, offset = text.partition("|")
    return _aware(moment).astimezone(dt.timezone(dt.timedelta(minutes=int(offset))))


def python_value(text: str | None, kind: dict[str, Any]) -> Any:
    """An argument as a handler gets it. Vendor page: "SQL-Python Data Type Mappings"."""
    if text is None:
        return None
    name = kind["name"]
    if name == "FIXED":
        return Decimal(text) if kind.get("scale") else int(text)
    if name in SEMI:
        return json.loads(text)
    return _READ.get(name, str)(text)


_READ: dict[str, Callable[[str], Any]] = {
    "REAL": float,
    "BOOLEAN": lambda text: text == "true",
    "BINARY": bytes.fromhex,
    "DATE": dt.date.fromisoformat,
    "TIME": dt.time.fromisoformat,
    "TIMESTAMP_NTZ": dt.datetime.fromisoformat,
    "TIMESTAMP_LTZ": _aware,
    "TIMESTAMP_TZ": _zoned,
}


def python_text(value: Any, kind: dict[str, Any]) -> str | None:
    """What a handler returned as the exact text of a value of the declared type. Raises TypeError: it is none."""
    if value is None or type(value).__name__ == "NaTType":
        return None
    name = kind["name"]
    if hasattr(value, "item") and not isinstance(value, (bytes, str)):
        value = value.item()
    if name in SEMI:
        return json.dumps(value, default=_plain)
    if name == "BOOLEAN" and isinstance(value, (bool, int)):
        return "true" if value else "false"
    if name in ("FIXED", "REAL") and isinstance(value, (int, float, Decimal)):
        return str(int(value) if isinstance(value, bool) else value)
    if name == "BINARY" and isinstance(value, (bytes, bytearray)):
        return bytes(value).hex()
    if name == "TEXT" and isinstance(value, (str, int, float, Decimal, dt.date, dt.time)):
        return str(value)
    if name == "DATE" and isinstance(value, dt.date):
        return (value.date() if isinstance(value, dt.datetime) else value).isoformat()
    if name == "TIME" and isinstance(value, dt.time):
        return value.isoformat()
    if name.startswith("TIMESTAMP") and isinstance(value, dt.date):
        return _moment_text(value, name)
    raise TypeError(f"cannot convert {type(value).__name__} to {kind['shown']}")


def _moment_text(value: dt.date, name: str) -> str:
    moment = value if isinstance(value, dt.datetime) else dt.datetime(value.year, value.month, value.day)
    if name == "TIMESTAMP_NTZ":
        return moment.replace(tzinfo=None).isoformat(sep=" ")
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    if name == "TIMESTAMP_LTZ":
        return moment.isoformat(sep=" ")
    offset = moment.utcoffset() or dt.timedelta()
    return f"{moment.isoformat(sep=' ')}|{int(offset.total_seconds() // 60)}"


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).hex().upper()
    if isinstance(value, (set, tuple)):
        return list(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


# --- handlers in Python -----------------------------------------------------------------------------------------------
class PythonProgram:
    def __init__(self, definition: dict[str, Any], channel: Channel) -> None:
        self.definition = definition
        self.channel = channel
        for path in definition["paths"]:
            sys.path.insert(0, path)
        with _described(self):
            self.handler = self._load()

    def _load(self) -> Any:
        handler, code = self.definition["handler"], self.definition["code"]
        if code is None:
            module, _, name = handler.rpartition(".")
            found: Any = importlib.import_module(module)
        else:
            name = handler
            found = type(sys)(CODE)
            sys.modules[CODE] = found
            exec(compile(code, f"{CODE}.py", "exec"), found.__dict__)  # noqa: S102 - what the user wrote is run
        for part in name.split("."):
            found = getattr(found, part)
        return found

    def arguments(self, row: list[str | None]) -> list[Any]:
        return [python_value(text, kind) for text, kind in zip(row, self.definition["arguments"], strict=True)]

    def scalars(self, rows: list[list[str | None]]) -> list[str | None]:
        returns = self.definition["returns"]
        if getattr(self.handler, "_sf_vectorized_input", None) is not None:
            return self._vectorised(rows)
        with _described(self):
            return [python_text(self.handler(*self.arguments(row)), returns) for row in rows]

    def _vectorised(self, rows: list[list[str | None]]) -> list[str | None]:
        with _described(self):
            import pandas

            columns = list(zip(*(self.arguments(row) for row in rows), strict=True))
            frame = pandas.DataFrame({index: list(column) for index, column in enumerate(columns)})
            result = self.handler(frame)
            return [None if _is_missing(v) else python_text(v, self.definition["returns"]) for v in result]

    def tables(self, partitions: list[list[list[str | None]]]) -> list[list[list[str | None]]]:
        """For each partition of rows what the handler's class gives, each with the number of the row that it is from.
        Vendor pages: "Writing a UDTF in Python", "Vectorized Python UDTFs"."""
        with _described(self):
            return [self._partition(rows) for rows in partitions]

    def aggregates(self, groups: list[list[list[str | None]]]) -> list[str | None]:
        """For each group of rows what the handler's class makes of them. Vendor page: "Python user-defined aggregate
        functions"."""
        with _described(self):
            return [self._fold(rows) for rows in groups]

    def _fold(self, rows: list[list[str | None]]) -> str | None:
        instance = self.handler()
        for row in rows:
            instance.accumulate(*self.arguments(row))
        return python_text(instance.finish(), self.definition["returns"])

    def _partition(self, rows: list[list[str | None]]) -> list[list[str | None]]:
        instance = self.handler()
        out: list[list[str | None]] = []
        process, end = getattr(instance, "process", None), getattr(instance, "end_partition", None)
        is_batched = hasattr(process, "_sf_vectorized_input")
        if process is not None and is_batched:
            size = getattr(process, "_sf_max_batch_size", None) or len(rows)
            for at in range(0, len(rows), size):
                out.extend(self._given([process(self._frame(rows[at : at + size]))], at, columns=True))
        elif process is not None:
            for at, row in enumerate(rows):
                out.extend(self._given(process(*self.arguments(row)), at))
        if end is not None and (is_batched or hasattr(end, "_sf_vectorized_input")):
            found = end() if is_batched else end(self._frame(rows))
            is_one = hasattr(found, "itertuples") or isinstance(found, (list, tuple))
            out.extend(self._given([found] if is_one else found, columns=True))
        elif end is not None:
            out.extend(self._given(end()))
        return out

    def _frame(self, rows: list[list[str | None]]) -> Any:
        import pandas

        names = self.definition["names"]
        columns = list(zip(*(self.arguments(row) for row in rows), strict=True))
        return pandas.DataFrame({name: list(column) for name, column in zip(names, columns, strict=True)})

    def _given(self, result: Any, at: int | None = None, *, columns: bool = False) -> Iterator[list[str | None]]:
        """Rows of what a method gave: tuples, or with ``columns`` what pandas has, for rows from ``at`` on. ``at``
        is the row that they are from."""
        kinds = self.definition["table"]
        for item in result if result is not None else ():
            for index, values in enumerate(_tuples(item, columns)):
                if len(values) != len(kinds):
                    raise ValueError(f"expected {len(kinds)} values in a row, got {len(values)}")
                number = None if at is None else str(at + index if columns else at)
                texts = [None if _is_missing(v) else python_text(v, k) for v, k in zip(values, kinds, strict=True)]
                yield [number, *texts]

    def call(self, row: list[str | None], connect: dict[str, Any]) -> dict[str, Any]:
        """A procedure: its first argument is a session of Snowpark."""
        with _described(self):
            session = _snowpark(connect)
            try:
                value = self.handler(session, *self.arguments(row))
                if hasattr(value, "queries"):
                    *first, last = value.queries["queries"]
                    for text in first:
                        session.sql(text).collect()
                    return {"query": last}
                return {"value": python_text(value, self.definition["returns"])}
            finally:
                session.close()


def _tuples(item: Any, columns: bool) -> Iterator[Any]:
    """The rows of a tuple, of a data frame, or of a tuple of columns: series, arrays or lists."""
    if hasattr(item, "itertuples"):
        yield from item.itertuples(index=False, name=None)
    elif columns and isinstance(item, (list, tuple)):
        yield from zip(*item, strict=True)
    elif columns and getattr(item, "ndim", None):
        yield from ((value,) for value in item)
    else:
        yield item if isinstance(item, (tuple, list)) else (item,)


def _snowpark(connect: dict[str, Any]) -> Any:
    try:
        from snowflake.snowpark import Session
    except ImportError as error:
        raise Refused(f"the package snowflake-snowpark-python ({error})") from None
    ca = connect.pop("ca", None)
    return Session.builder.configs({**connect, **_trusting(ca)}).create()


def _trusting(ca: str | None) -> dict[str, Any]:
    """What makes the connector verify the server with ``ca`` (PEM). Version 5 has an option; version 4 reads a file
    that a variable names, and would ask on the network whether a certificate was revoked."""
    if ca is None:
        return {}
    import certifi
    from snowflake.connector.version import VERSION

    path = Path("ca.pem").absolute()
    if int(VERSION[0]) >= 5:
        path.write_text(ca)
        return {"custom_root_store_path": str(path)}
    path.write_text(f"{ca.rstrip()}\n{Path(certifi.where()).read_text()}")
    os.environ["REQUESTS_CA_BUNDLE"] = str(path)
    return {"disable_ocsp_checks": True}


def _is_missing(value: Any) -> bool:
    """Of a value that pandas may have made: None, NaN and NaT."""
    if isinstance(value, (list, dict, set, tuple)) or getattr(value, "shape", None):
        return False
    return value is None or bool(value != value)


@contextlib.contextmanager
def _described(program: PythonProgram) -> Iterator[None]:
    """Errors with a traceback that begins in the handler's code, as Snowflake prints it."""
    try:
        yield
    except Refused:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever a handler does is reported
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if frame.filename != __file__ and "importlib" not in frame.filename]
        lines = ["Traceback (most recent call last):\n", *traceback.format_list(own)] if own else []
        shown = "".join([*lines, *traceback.format_exception_only(type(error), error)])
        name, handler = program.definition["name"], program.definition["handler"]
        raise RuntimeError(f"Python Interpreter Error:\n{shown} in function {name} with handler {handler}") from None


def python_exists(packages: list[str]) -> None:
    """Raise Refused unless the packages are installed. Versions are not compared."""
    from importlib import metadata

    for package in packages:
        name = package.replace("<", "=").replace(">", "=").replace("!", "=").partition("=")[0].strip()
        try:
            metadata.version(name)
        except metadata.PackageNotFoundError:
            raise Refused(f"the package {name}, which {sys.executable} does not have") from None


# --- handlers in JavaScript -------------------------------------------------------------------------------------------
JS_PRELUDE = r"""
const $dates = ['DATE', 'TIMESTAMP_NTZ', 'TIMESTAMP_LTZ', 'TIMESTAMP_TZ'];
class SfDate extends Date { getEpochSeconds() { return Math.floor(this.getTime() / 1000); } }
function $read(v, name) {
  if (v === null) return undefined;
  if (name === 'FIXED' || name === 'REAL') return Number(v);
  if (name === 'BOOLEAN') return v === 'true';
  if (name === 'BINARY') return new Uint8Array(v.match(/../g)?.map(h => parseInt(h, 16)) ?? []);
  if (['VARIANT', 'OBJECT', 'ARRAY', 'MAP'].includes(name)) return JSON.parse(v);
  if ($dates.includes(name)) return new SfDate(Number(v));
  return v;
}
function $write(v, name) {
  if (v === undefined || v === null) return null;
  if (['VARIANT', 'OBJECT', 'ARRAY', 'MAP'].includes(name)) return JSON.stringify(v);
  if (v instanceof Uint8Array) return Array.from(v, b => b.toString(16).padStart(2, '0')).join('');
  if (v instanceof Date) {
    if (Number.isNaN(v.getTime())) return null;
    return $dates.includes(name) ? String(v.getTime()) : v.toISOString();
  }
  if (typeof v === 'object') return JSON.stringify(v);
  return String(v);
}
class $ResultSet {
  constructor(answer) { this.$answer = answer; this.$at = -1; }
  next() { this.$at += 1; return this.$at < this.$answer.rows.length; }
  $index(column) {
    const i = typeof column === 'number' ? column - 1
      : this.$answer.columns.findIndex(c => c.name.toUpperCase() === String(column).toUpperCase());
    if (i < 0 || i >= this.$answer.columns.length) throw new Error('Given column name/index does not exist: ' + column);
    return i;
  }
  getColumnValue(column) {
    const i = this.$index(column);
    const v = $read(this.$answer.rows[this.$at][i], this.$answer.columns[i].type);
    return v === undefined ? null : v;
  }
  getColumnValueAsString(column) {
    const v = this.getColumnValue(column);
    return v === null ? null : String(v);
  }
  getColumnCount() { return this.$answer.columns.length; }
  getColumnName(i) { return this.$answer.columns[i - 1].name; }
  getColumnType(i) { return this.$answer.columns[i - 1].shown; }
  getColumnSqlType(i) { return this.$answer.columns[i - 1].shown; }
  getColumnScale(i) { return this.$answer.columns[i - 1].scale; }
  isColumnNullable(i) { return this.$answer.columns[i - 1].nullable; }
  getRowCount() { return this.$answer.rows.length; }
  getQueryId() { return this.$answer.id; }
}
class $Statement {
  constructor(given) { this.$given = given; }
  execute() {
    const binds = (this.$given.binds ?? []).map(b => {
      if (b === null || b === undefined) return {name: 'TEXT', text: null};
      if (typeof b === 'number') return {name: Number.isInteger(b) ? 'FIXED' : 'REAL', text: String(b)};
      if (typeof b === 'boolean') return {name: 'BOOLEAN', text: String(b)};
      if (b instanceof Date) return {name: 'TIMESTAMP_LTZ', text: String(b.getTime())};
      return {name: 'TEXT', text: String(b)};
    });
    const answer = JSON.parse($ask(JSON.stringify({sql: String(this.$given.sqlText), binds})));
    if (answer.error) {
      const e = new Error(answer.error.message);
      Object.assign(e, {code: answer.error.code, state: answer.error.state, stackTraceTxt: ''});
      throw e;
    }
    this.$answer = answer;
    return new $ResultSet(answer);
  }
  getColumnCount() { return this.$answer.columns.length; }
  getColumnName(i) { return this.$answer.columns[i - 1].name; }
  getColumnType(i) { return this.$answer.columns[i - 1].shown; }
  getRowCount() { return this.$answer.rows.length; }
  getNumRowsAffected() { return this.$answer.changed; }
  getNumRowsInserted() { return this.$answer.inserted; }
  getNumRowsUpdated() { return this.$answer.updated; }
  getNumRowsDeleted() { return this.$answer.deleted; }
  getSqlText() { return String(this.$given.sqlText); }
  getQueryId() { return this.$answer.id; }
}
const snowflake = {
  createStatement(given) { return new $Statement(given); },
  execute(given) { return new $Statement(given).execute(); },
  log() {}, addEvent() {}, setSpanAttribute() {},
};
"""
JS_TABLE = r"""
function $tables(partitions, args, columns) {
  args = JSON.parse(args);
  columns = JSON.parse(columns);
  return JSON.stringify(JSON.parse(partitions).map(rows => $partition(rows, args, columns)));
}
function $partition(rows, args, columns) {
  const out = [], handler = $make();
  const writer = at => ({writeRow(row) {
    out.push([at, ...columns.map(c => $write(row[c.name], c.kind))]);
  }});
  const info = {};
  const missing = () => { throw new Error('constants in argumentInfo are not emulated'); };
  for (const a of args) {
    info[a.name] = {type: a.kind, get isConst() { return missing(); }, get constValue() { return missing(); }};
  }
  const context = {};
  if (handler.initialize) handler.initialize(info, context);
  rows.forEach((values, at) => {
    const row = {};
    args.forEach((a, i) => { row[a.name] = $read(values[i], a.kind); });
    handler.processRow(row, writer(String(at)), context);
  });
  if (handler.finalize) handler.finalize(writer(null), context);
  return out;
}
"""


class JavaScriptProgram:
    def __init__(self, definition: dict[str, Any], channel: Channel) -> None:
        try:
            import quickjs
        except ImportError:
            raise Refused("JavaScript without the extra [javascript], which has its engine") from None
        self.definition, self.channel = definition, channel
        self.failure = quickjs.JSException
        self.context = quickjs.Context()
        self.context.set_memory_limit(JS_MEMORY)
        if definition["procedure"]:
            self.context.add_callable("$ask", lambda text: json.dumps(self._answered(channel.ask(json.loads(text)))))
        if definition["table"]:
            self._guarded(lambda: self.context.eval(f"{JS_PRELUDE[: JS_PRELUDE.index('class $ResultSet')]}{JS_TABLE}"))
            self._guarded(lambda: self.context.eval(f"const $make = () => ({definition['code']}\n);"))
            self.run = self.context.get("$tables")
            return
        names = ", ".join(definition["names"])
        prelude = JS_PRELUDE if definition["procedure"] else JS_PRELUDE[: JS_PRELUDE.index("class $ResultSet")]
        source = f"{prelude}\nfunction $handler({names}) {{{definition['code']}\n}}"
        kinds = json.dumps([kind["name"] for kind in definition["arguments"]])
        source += f"\nconst $kinds = {kinds};\n"
        source += (
            "function $run(rows, returns) { return JSON.stringify(JSON.parse(rows).map("
            "r => $write($handler(...r.map((v, i) => $read(v, $kinds[i]))), returns))); }"
        )
        self._guarded(lambda: self.context.eval(source))
        self.run = self.context.get("$run")

    def _guarded(self, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except self.failure as error:
            raise RuntimeError(
                f"JavaScript execution error: Uncaught {str(error).partition(chr(10))[0]} in {self.definition['name']}"
            ) from None

    def _answered(self, answer: dict[str, Any]) -> dict[str, Any]:
        for index, column in enumerate(answer.get("columns", ())):
            for row in answer["rows"]:
                row[index] = _to_js(row[index], column["type"])
        return answer

    def scalars(self, rows: list[list[str | None]]) -> list[str | None]:
        given = [self._given(row) for row in rows]
        returns = self.definition["returns"]["name"]
        found = self._guarded(lambda: self.run(json.dumps(given), returns))
        return [_from_js(text, returns) for text in json.loads(found)]

    def tables(self, partitions: list[list[list[str | None]]]) -> list[list[list[str | None]]]:
        """As for Python. Vendor page: "Tabular JavaScript UDFs (UDTFs)"."""
        arguments = [
            {"name": name, "kind": kind["name"]}
            for name, kind in zip(self.definition["names"], self.definition["arguments"], strict=True)
        ]
        columns = [{"name": column["name_of"], "kind": column["name"]} for column in self.definition["table"]]
        given = [[self._given(row) for row in rows] for rows in partitions]
        made = self._guarded(lambda: self.run(*map(json.dumps, (given, arguments, columns))))
        kinds = [column["kind"] for column in columns]
        return [
            [[number, *(_from_js(v, k) for v, k in zip(values, kinds, strict=True))] for number, *values in rows]
            for rows in json.loads(made)
        ]

    def _given(self, row: list[str | None]) -> list[str | None]:
        return [_to_js(text, kind["name"]) for text, kind in zip(row, self.definition["arguments"], strict=True)]

    def aggregates(self, groups: list[Any]) -> list[Any]:  # noqa: ARG002 - as for Python
        raise Refused("aggregate functions in JavaScript")

    def call(self, row: list[str | None], connect: dict[str, Any]) -> dict[str, Any]:
        del connect
        return {"value": self.scalars([row])[0]}


def _to_js(text: str | None, kind: str) -> str | None:
    """Dates as milliseconds since the epoch."""
    if text is None or kind not in ("DATE", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP_TZ"):
        return text
    moment = _zoned(text) if kind == "TIMESTAMP_TZ" else _aware(text)
    return str((moment - EPOCH) / dt.timedelta(milliseconds=1))


def _from_js(text: str | None, kind: str) -> str | None:
    if text is None or not text.lstrip("-").isdigit():
        return text
    if kind in ("DATE", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP_TZ"):
        moment = EPOCH + dt.timedelta(milliseconds=int(text))
        return moment.date().isoformat() if kind == "DATE" else _moment_text(moment, kind)
    return text


# --- the process ------------------------------------------------------------------------------------------------------
def _channel() -> Channel:
    """The pipes to the server; what the handler prints does not get among the frames."""
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    return Channel(source, sink)


def _first_to_go() -> None:
    """When memory runs out, this process ends and not the server."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def main() -> None:
    channel = _channel()
    _first_to_go()
    program: Any = None
    while True:
        message = channel.read()
        try:
            if "define" in message:
                definition = message["define"]
                if definition["language"] == "PYTHON":
                    _fake_snowpark_module()
                    python_exists(definition["packages"])
                program = _LANGUAGES[definition["language"]](definition, channel)
                channel.write({"ok": True})
            elif "call" in message:
                channel.write(program.call(message["call"], message["connect"]))
            else:
                ((kind, given),) = message.items()
                method = {"rows": "scalars", "tables": "tables", "groups": "aggregates"}[kind]
                channel.write({"results": getattr(program, method)(given)})
        except Refused as error:
            channel.write({"refused": str(error)})
        except BaseException as error:  # noqa: BLE001 - whatever a handler does is reported
            channel.write({"error": str(error)})


def _fake_snowpark_module() -> None:
    """The module ``_snowflake`` of the server, with what handlers use of it."""
    module: Any = type(sys)("_snowflake")

    def vectorized(input: Any = None, max_batch_size: int | None = None) -> Callable[[Any], Any]:
        def mark(function: Any) -> Any:
            function._sf_vectorized_input, function._sf_max_batch_size = input, max_batch_size
            return function

        return mark

    module.vectorized = vectorized
    sys.modules["_snowflake"] = module


_LANGUAGES = {"PYTHON": PythonProgram, "JAVASCRIPT": JavaScriptProgram}


if __name__ == "__main__":
    main()
