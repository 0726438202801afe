"""Realism: profile -> generate beside SDV's GaussianCopula on tables that scikit-learn ships, scored by sdmetrics.

Both learn from the same rows and make as many; scores are means over five draws, from 0 to 1. SDV, sdmetrics and
scikit-learn are in an environment of their own (scripts/client-venvs sdv), made at the first run.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from dw_simulator.experiments.learning import LearnOptions, ReadOptions, file_source, learn
from dw_simulator.generator import build_plan

ROOT = Path(__file__).resolve().parent.parent
TABLES = ("iris", "wine", "diabetes", "breast_cancer")
DRAWS = 5

SAMPLES = r"""
import re, sys
from sklearn import datasets
for name in sys.argv[2:]:
    loaded = getattr(datasets, f"load_{name}")(as_frame=True, **({"scaled": False} if name == "diabetes" else {}))
    frame = loaded.frame
    if name != "diabetes":
        frame["target"] = [str(loaded.target_names[place]) for place in frame["target"]]
    frame.columns = [re.sub(r"[^a-z0-9]+", "_", column).strip("_") for column in frame.columns]
    frame.to_parquet(f"{sys.argv[1]}/{name}.parquet", index=False)
"""

SCORES = """
import json, sys, time, warnings
warnings.filterwarnings("ignore")
import pandas as pd
from sdmetrics.reports import QualityReport
from sdv.metadata import Metadata
from sdv.single_table import GaussianCopulaSynthesizer
folder, draws, *names = sys.argv[1:]
found = {}
for name in names:
    real = pd.read_parquet(f"{folder}/{name}.parquet")
    kinds = {c: {"sdtype": "categorical" if real[c].dtype == object else "numerical"} for c in real.columns}
    def scores(made):
        for c, kind in kinds.items():
            made[c] = made[c].astype(str if kind["sdtype"] == "categorical" else float)
        report = QualityReport()
        tables = {"tables": {name: {"columns": kinds}}, "relationships": []}
        report.generate({name: real}, {name: made}, tables, verbose=False)
        found = report.get_properties().set_index("Property")["Score"]
        return found[["Column Shapes", "Column Pair Trends"]].tolist()
    began = time.perf_counter()
    spec = {"METADATA_SPEC_VERSION": "V1", "tables": {name: {"columns": kinds}}, "relationships": []}
    model = GaussianCopulaSynthesizer(Metadata.load_from_dict(spec))
    model.fit({name: real})
    peers = [model.sample(len(real))[name] for _ in range(int(draws))]
    seconds = time.perf_counter() - began
    ours = [scores(pd.read_parquet(f"{folder}/{name}-{draw}.parquet")) for draw in range(int(draws))]
    found[name] = {"rows": len(real), "ours": ours, "sdv": [scores(made) for made in peers], "seconds": seconds}
print("RESULT", json.dumps(found))
"""


def main() -> int:
    made = subprocess.run(
        [sys.executable, ROOT / "scripts" / "client-venvs", "sdv"], capture_output=True, text=True, check=True
    )
    python = f"{made.stdout.strip()}/bin/python"
    with tempfile.TemporaryDirectory(prefix="bench-realism-") as folder:
        subprocess.run([python, "-c", SAMPLES, folder, *TABLES], check=True)
        seconds = {name: _generate(Path(folder), name) for name in TABLES}
        done = subprocess.run(
            [python, "-c", SCORES, folder, str(DRAWS), *TABLES], capture_output=True, text=True, check=False
        )
    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    if not lines:
        print(done.stderr[-2000:], file=sys.stderr)
        return 1
    found = json.loads(lines[0].removeprefix("RESULT "))
    print("| table | rows | column shapes: ours | SDV | pair trends: ours | SDV | seconds: ours | SDV |")
    print("|---|---|---|---|---|---|---|---|")
    worse = []
    for name, scores in found.items():
        ours, peer = (_means(scores[side]) for side in ("ours", "sdv"))
        print(
            f"| {name} | {scores['rows']} | {ours[0]:.3f} | {peer[0]:.3f} | {ours[1]:.3f} | {peer[1]:.3f} "
            f"| {seconds[name]:.2f} | {scores['seconds']:.2f} |"
        )
        worse += [name for one, other in zip(ours, peer, strict=True) if one < other - 0.005]
    if worse:
        print(f"worse than SDV by more than 0.005: {', '.join(worse)}", file=sys.stderr)
    return 1 if worse else 0


def _generate(folder: Path, name: str) -> float:
    """Learn a table and make the draws; returns the seconds."""
    began = time.perf_counter()
    source = file_source(folder / f"{name}.parquet", name, ReadOptions())
    learned = learn([source], name="realism", options=LearnOptions())
    for draw in range(DRAWS):
        (table,) = build_plan(learned.experiment, seed=draw).tables
        rows = pa.Table.from_batches([table.batch(0, table.rows)])
        parquet.write_table(rows, folder / f"{name}-{draw}.parquet")
    return time.perf_counter() - began


def _means(scores: list[list[float]]) -> list[float]:
    return [sum(column) / len(column) for column in zip(*scores, strict=True)]


if __name__ == "__main__":
    sys.exit(main())
