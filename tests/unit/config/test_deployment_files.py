"""The deployment files that the repository has can be read, go together, and name real services."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dw_simulator.config.checks import check_logins
from dw_simulator.config.secrets import references
from dw_simulator.config.settings import load
from dw_simulator.config.targets import remote_targets

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "production.md").read_text()
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
SERVICES = ("s3", "redshift", "snowflake")


@pytest.mark.parametrize("environment", ["production", "staging"])
def test_files(environment: str) -> None:
    settings = load({"config_dir": ROOT, "environment": environment}, use_running_stack=False, variables={}).settings
    assert check_logins(settings) == []
    assert set(remote_targets(settings, SERVICES)) == set(SERVICES)
    assert references(settings)


@pytest.mark.parametrize("text", EXAMPLES, ids=range(len(EXAMPLES)))
def test_examples_of_the_page(text: str, tmp_path: Path) -> None:
    (tmp_path / "deployment").mkdir()
    keys = "" if text.startswith("s3:") else "s3: {endpoint_url: aws, credentials: chain}\n"
    (tmp_path / "deployment" / "test.yml").write_text(keys + text)
    settings = load({"config_dir": tmp_path, "environment": "test"}, use_running_stack=False, variables={}).settings
    assert check_logins(settings) == []
    changed = [name for name in SERVICES if re.search(rf"^{name}:", text, re.MULTILINE)]
    assert set(remote_targets(settings, changed)) == set(changed)
