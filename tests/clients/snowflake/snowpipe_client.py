"""What users do with the Snowpipe SDK. A program that prints what it saw as JSON.

Arguments: the port, a file with a private key (PEM).
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import snowflake.connector as connector
from snowflake.ingest import SimpleIngestManager, StagedFile
from snowflake.ingest.error import IngestResponseError

PORT, KEY = int(sys.argv[1]), Path(sys.argv[2]).read_text()


def manager(pipe: str) -> Any:
    return SimpleIngestManager(
        account="local", user="loader", pipe=pipe, private_key=KEY, scheme="http", host="127.0.0.1", port=PORT
    )


def main() -> dict[str, Any]:
    connection = connector.connect(
        user="loader", password="x", account="local", host="127.0.0.1", port=PORT, protocol="http"
    )
    cursor = connection.cursor()
    for sql in (
        "create or replace database piped",
        "create stage s",
        "create table t (a int, b varchar)",
        "copy into @s/in/one.csv from (select '1', 'x') file_format = (compression = none) single = true",
        "copy into @s/in/bad.csv from (select 'z', 'y') file_format = (compression = none) single = true",
        "create pipe p as copy into t from @s/in/",
    ):
        cursor.execute(sql)
    ingest = manager("piped.public.p")
    files = [StagedFile("one.csv", None), StagedFile("bad.csv", 4), StagedFile("nosuch.csv", None)]
    answer = ingest.ingest_files(files)
    seen: list[dict[str, Any]] = []
    deadline = time.monotonic() + 60
    while len(seen) < len(files) and time.monotonic() < deadline:
        seen += ingest.get_history()["files"]
        time.sleep(0.05)
    again = ingest.get_history()
    ingest.ingest_files(files[:1])
    while '"pendingFileCount":0' not in cursor.execute("select system$pipe_status('p')").fetchone()[0]:
        time.sleep(0.05)
    scanned = ingest.get_history_range("2020-01-01T00:00:00Z")
    try:
        manager("piped.public.nosuch").ingest_files(files)
        missing = 200
    except IngestResponseError as error:
        missing = error.http_error_code
    since = "dateadd(day, -1, current_timestamp())"
    copied = f"table(information_schema.copy_history(table_name => 't', start_time => {since}))"
    return {
        "code": answer["responseCode"],
        "seen": sorted([file["path"], file["status"], file["rowsInserted"], file.get("firstError")] for file in seen),
        "stage": seen[0]["stageLocation"],
        "later": again["files"],
        "scanned": len(scanned["files"]),
        "complete": scanned["completeResult"],
        "missing": missing,
        "rows": cursor.execute("select a, b from t").fetchall(),
        "history": cursor.execute(f"select count(*), min(pipe_name) from {copied}").fetchone(),
        "errors": cursor.execute(
            f"select error, rejected_record from table(validate_pipe_load(pipe_name => 'p', start_time => {since}))"
        ).fetchall(),
    }


print(json.dumps(main()))
