"""The user guide builds without a warning, and its examples work as they stand.

Of the pages in `RUN`, commands (``$ dw-sim …`` in a console block), Python blocks, and files ("Save this as `name`:")
are run in the order of the page, against a stack on free ports. A block that cannot be run has a comment
``not run: why`` before it.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
RUN = ("quickstart.md", "connect.md", "cookbook.md", "api.md")

BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
NOT_RUN = re.compile(r"<!-- not run: .+ -->\n$")
SAVED_AS = re.compile(r"Save this as `(?P<name>[\w.]+)`:\n\n$")
LIFE = ("up", "down")
"""Commands that start and stop the stack; the fixture does that."""


@dataclass(frozen=True)
class Block:
    page: str
    line: int
    language: str
    text: str
    file: str | None

    def __str__(self) -> str:
        return f"docs/{self.page}:{self.line}"


def blocks(page: str) -> list[Block]:
    text = (DOCS / page).read_text()
    found = []
    for match in BLOCK.finditer(text):
        before = text[: match.start()]
        if not NOT_RUN.search(before):
            saved = SAVED_AS.search(before)
            line = before.count("\n") + 1
            found.append(Block(page, line, match["language"], match["text"], saved["name"] if saved else None))
    return found


def with_addresses(text: str, stack) -> str:
    """The text with the default ports replaced by those of the stack."""
    for name, port in (("s3", 4566), ("snowflake", 4567), ("redshift", 5439), ("api", 8000)):
        text = re.sub(rf"\b{port}\b", str(stack.settings.service(name).port), text)
    return text


def run_command(line: str, stack, folder: Path, where: Block) -> None:
    words = shlex.split(line, comments=True)
    environment = {**stack.environment}
    while re.fullmatch(r"[A-Z]+=\S*", words[0]):
        name, _, value = words.pop(0).partition("=")
        environment[name] = value
    if words[0] == "dw-sim":
        if words[1] in LIFE:
            return
        words = [sys.executable, "-P", "-m", "dw_simulator", *words[1:]]
    elif shutil.which(words[0]) is None:
        pytest.skip(f"{words[0]} is not installed")
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{where}: {line}\n{done.stderr}{done.stdout}"


@pytest.mark.stack
@pytest.mark.filterwarnings("ignore:enable_server_session_keep_alive:FutureWarning")  # the driver's, at each connect
@pytest.mark.parametrize("page", RUN)
def test_the_examples_of_a_page_work(page, stack, tmp_path):
    ran = 0
    for block in blocks(page):
        text = with_addresses(block.text, stack)
        if block.file is not None:
            (tmp_path / block.file).write_text(text)
        elif block.language == "console":
            for line in text.splitlines():
                if line.startswith("$ "):
                    run_command(line.removeprefix("$ "), stack, tmp_path, block)
                    ran += 1
        elif block.language == "python":
            exec(compile(text, str(block), "exec"), {"__name__": "__main__"})
            ran += 1
    assert ran


def test_the_site_builds_without_a_warning(tmp_path):
    command = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going", "--quiet", "-b", "html"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHONWARN")}
    done = subprocess.run(
        [*command, str(DOCS), str(tmp_path)], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "quickstart.html").is_file()
