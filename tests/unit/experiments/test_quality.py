"""The quality report: which tables are compared, what the page shows, and what is missing without its extras."""

from __future__ import annotations

import importlib.util
import json

import numpy as np
import pytest

from dw_simulator.cli.main import run
from dw_simulator.errors import ConfigError, ImportSchemaError, SchemaError
from dw_simulator.experiments.learning import LearnOptions, ReadOptions, file_source
from dw_simulator.experiments.learning.scan import scan
from dw_simulator.experiments.learning.synthesizers import synthesize
from dw_simulator.experiments.quality.comparing import compare
from dw_simulator.experiments.quality.page import page
from dw_simulator.experiments.quality.scoring import Bars, ColumnScore, PairScore, TableScore, require_sdmetrics, score

RANDOM = np.random.default_rng(3)
HAS_SDMETRICS = importlib.util.find_spec("sdmetrics") is not None


def sample(path, rows: int, shift: float = 0.0):
    lines = ["id,height,kind,day,note"]
    for row in range(rows):
        height = RANDOM.normal(170 + shift, 10)
        lines.append(f"{row},{height:.1f},{'tall' if height > 175 else 'small'},2024-01-{row % 28 + 1:02},text {row}")
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines))
    return path


def test_the_page_says_everything():
    columns = [
        ColumnScore("a <b>", "KSComplement", 0.95, Bars(["1", "2"], [0.5, 0.5], [0.25, 0.75])),
        ColumnScore("empty", "TVComplement", None, Bars([], [], [])),
    ]
    pairs = [PairScore("a <b>", "empty", "CorrelationSimilarity", 0.5, 0.8, -0.2)]
    text = page("T & U", [TableScore("t", (1000, 900), 0.9, 0.95, None, columns, pairs, ["id (a key)"])])
    assert "<title>T &amp; U</title>" in text
    assert "a &lt;b&gt;" in text
    assert "a <b>" not in text
    assert text.count("<rect") == 4
    assert "1,000 real rows, 900 synthetic rows" in text
    assert "real 0.80, synthetic -0.20" in text
    assert "Left out: id (a key)." in text


@pytest.mark.skipif(HAS_SDMETRICS, reason="sdmetrics is installed")
def test_without_sdmetrics(tmp_path, capfd):
    path = sample(tmp_path / "real.csv", 50)
    with pytest.raises(ConfigError, match="the quality report needs sdmetrics"):
        require_sdmetrics()
    assert run(["--home", str(tmp_path / "home"), "quality", str(path), str(path)]) == 2
    assert "pip install 'dw-simulator[quality]'" in capfd.readouterr().err


@pytest.mark.skipif(importlib.util.find_spec("sdv") is not None, reason="SDV is installed")
def test_without_sdv(tmp_path, capfd):
    source = file_source(sample(tmp_path / "real.csv", 50), None, ReadOptions())
    with pytest.raises(ConfigError, match="this synthesizer needs SDV"):
        synthesize([source], "ctgan", LearnOptions())
    options = ["--synthesizer", "ctgan", "-o", str(tmp_path / "made")]
    assert run(["--home", str(tmp_path / "home"), "profile", str(tmp_path / "real.csv"), *options]) == 2
    assert "BUSL-1.1" in capfd.readouterr().err


@pytest.mark.skipif(not HAS_SDMETRICS, reason="needs the extra [quality]")
def test_scores(tmp_path):
    real, near, far = (sample(tmp_path / f"{name}.csv", 400, shift) for name, shift in (("a", 0), ("b", 0), ("c", 25)))
    tables = [scan(file_source(path, "t", ReadOptions()), sample_rows=1000, seed=0) for path in (real, near, far)]
    good, bad = score(tables[0], tables[1]), score(tables[0], tables[2])
    assert [column.name for column in good.columns] == ["height", "kind", "day"]
    assert good.left_out == ["id (a key)", "note (free text or a key)"]
    assert good.shapes > 0.9 > bad.shapes
    assert {column.metric for column in good.columns} == {"KSComplement", "TVComplement"}
    assert sum(good.columns[0].bars.real) == pytest.approx(1)
    assert len(good.pairs) == 3
    json.dumps(good.pairs[0].score)


@pytest.mark.skipif(not HAS_SDMETRICS, reason="needs the extra [quality]")
def test_folders_of_tables(tmp_path):
    for side in ("real", "made"):
        sample(tmp_path / side / "t.csv", 60)
    sample(tmp_path / "real" / "other.csv", 60)
    found = compare(tmp_path / "real", tmp_path / "made", ReadOptions(), sample_rows=100, seed=0)
    assert [table.name for table in found] == ["t"]
    (tmp_path / "made" / "t.csv").rename(tmp_path / "made" / "u.csv")
    (tmp_path / "x.csv").write_text("other\n1\n")
    with pytest.raises(ImportSchemaError, match="no table in common: other, t; u"):
        compare(tmp_path / "real", tmp_path / "made", ReadOptions(), sample_rows=100, seed=0)
    with pytest.raises(SchemaError, match="have no column in common"):
        compare(tmp_path / "real" / "t.csv", tmp_path / "x.csv", ReadOptions(), sample_rows=100, seed=0)
