"""The conformance corpora that this project did not write, run where they are: their counts may only go up.

They are looked for in ``../shared/corpus`` and where ``DW_SIMULATOR_CORPUS`` says. ``tests/corpus_counts.json`` records
the counts; a run that does better says so, and the file is to be raised.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from dw_simulator.testing.stack import start_stack

ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(os.environ.get("DW_SIMULATOR_CORPUS") or ROOT.parent / "shared" / "corpus")
RECORDED = json.loads((ROOT / "tests" / "corpus_counts.json").read_text())
TIME_LIMIT = 900

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.timeout(TIME_LIMIT + 60),
    pytest.mark.skipif(not CORPUS.is_dir(), reason="no corpora next to the project"),
]


@pytest.fixture(scope="module")
def throwaway(tmp_path_factory):
    stack = start_stack(tmp_path_factory.mktemp("corpus"))
    yield stack.settings
    stack.stop()


def run(tmp_path, runner, *arguments):
    out = tmp_path / "out.json"
    command = [sys.executable, str(CORPUS / runner), *map(str, arguments), "--json", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT, check=False)
    assert out.exists(), done.stdout[-2000:] + done.stderr[-2000:]
    return json.loads(out.read_text())


def compare(name, counts, recorded):
    sys.stdout.write(f"\n{name}: {counts} (recorded {recorded})\n")
    worse = {key: (counts[key], least) for key, least in recorded.items() if counts[key] < least}
    assert not worse, f"{name} got worse: (now, recorded) = {worse}"


def test_redshift(throwaway, tmp_path):
    target = throwaway.redshift
    dsn = f"host={target.host} port={target.port} dbname={target.database} user={target.user} password=mockpass"
    records = run(tmp_path, "redshift/run_rslt.py", "--dsn", dsn, CORPUS / "redshift" / "cases")["records"]
    passed = [record for record in records if record["status"] == "pass"]
    kinds = Counter(record["kind"] for record in passed)
    compare("redshift", {"query": kinds["query"], "records": len(passed)}, RECORDED["redshift"])


def test_snowflake(throwaway, tmp_path):
    target = throwaway.snowflake
    where = ("--host", target.host, "--port", target.port)
    total = run(tmp_path, "snowflake/run_slt.py", *where, CORPUS / "snowflake" / "cases")["total"]
    compare("snowflake", {"records": total[3], "checks": total[5]}, RECORDED["snowflake"])
