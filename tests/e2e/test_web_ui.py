"""The web UI in a real Chromium over a real stack: the steps are in services/web-ui/e2e, pictures in artifacts/ui."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from dw_simulator.api.static import FOLDER
from dw_simulator.testing import RunningStack

pytestmark = pytest.mark.stack

ROOT = Path(__file__).resolve().parents[2]
ARTIFACTS = ROOT / "artifacts" / "ui"
CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)
FIRST_SCREEN = 400_000
"""Bytes, compressed: the scripts and styles that the overview needs."""

needs_build = pytest.mark.skipif(not (FOLDER / "index.html").exists(), reason="the web UI is not built: make ui")
needs_browser = pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium: scripts/test-tools")
SCENARIOS = sorted(path.name.removesuffix(".e2e.ts") for path in (ROOT / "services/web-ui/e2e").glob("*.e2e.ts"))


EXPERIMENT = "ui_shop"
DDL = """
create table customers (id int primary key, name varchar(40) not null, country varchar(2), joined date);
create table products (id int primary key, title varchar(60), price decimal(8, 2));
create table orders (
  id int primary key, customer_id int references customers (id), product_id int references products (id),
  amount decimal(10, 2), ordered_at timestamp
);
"""


@pytest.fixture(scope="module")
def furnished(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> RunningStack:
    """The stack with an experiment in both warehouses."""
    script = tmp_path_factory.mktemp("ui") / "ui_shop.sql"
    script.write_text(DDL)
    into = ["--target-warehouse=redshift", "--target-warehouse=snowflake"]
    stack.dw_sim("experiment", "import-sql", str(script), "--dialect=redshift", "--target-rows=500", *into)
    stack.dw_sim("experiment", "generate", EXPERIMENT, "--load")
    return stack


@needs_build
@needs_browser
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_in_the_browser(furnished: RunningStack, scenario: str) -> None:
    in_chromium(furnished, f"{scenario}.e2e.ts", ARTIFACTS)


@needs_build
@needs_browser
@pytest.mark.skipif("SCREENSHOTS" not in os.environ, reason="make screenshots")
def test_the_pictures_of_the_guide(furnished: RunningStack) -> None:
    folder = Path(os.environ["SCREENSHOTS"])
    in_chromium(furnished, "screenshots.ts", folder)
    assert {path.name: path.stat().st_size for path in folder.glob("ui-*.png") if path.stat().st_size > 200_000} == {}


def _run_of(stack: RunningStack) -> int:
    """The stack is shared with other tests, which have runs of their own."""
    with urllib.request.urlopen(f"{stack.settings.api.local_url}/api/experiments/{EXPERIMENT}/runs") as answer:
        return json.loads(answer.read())[0]["id"]


def in_chromium(stack: RunningStack, script: str, folder: Path) -> None:
    """Run a script of services/web-ui/e2e, whose pictures go to ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    environment = {
        **stack.environment,
        "E2E_URL": stack.settings.api.local_url,
        "E2E_ARTIFACTS": str(folder),
        "E2E_CHROMIUM": CHROMIUM,
        "E2E_EXPERIMENT": EXPERIMENT,
        "E2E_RUN": str(_run_of(stack)),
        "E2E_DW_SIM": json.dumps([sys.executable, "-P", "-m", "dw_simulator"]),
        "NO_COLOR": "1",
    }
    command = [ROOT / "scripts/ui", "run", "vitest", "run", "--config", "e2e/vitest.config.ts", script]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)[-12_000:]


@needs_build
def test_the_first_screen_is_small() -> None:
    manifest = json.loads((FOLDER / ".vite" / "manifest.json").read_text())
    files: set[str] = set()
    chunks = ["index.html", "src/screens/overview/Overview.tsx"]
    while chunks:
        chunk = manifest[chunks.pop()]
        if chunk["file"] not in files:
            files |= {chunk["file"], *chunk.get("css", ())}
            chunks += chunk.get("imports", ())
    sizes = {name: len(gzip.compress((FOLDER / name).read_bytes(), 9)) for name in files}
    assert sum(sizes.values()) < FIRST_SCREEN, sizes


@needs_build
def test_compressed_copies_are_those_of_the_files() -> None:
    packed = [path for path in FOLDER.rglob("*.gz") if not path.is_symlink()]
    assert packed
    for path in packed:
        assert gzip.decompress(path.read_bytes()) == path.with_suffix("").read_bytes()


def test_chromium_is_there_in_ci() -> None:
    """A missing browser must not hide in a green run of CI, where root installs it."""
    if os.environ.get("CI") and os.geteuid() == 0:
        assert CHROMIUM
