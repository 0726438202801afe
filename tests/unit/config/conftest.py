import pytest


@pytest.fixture
def project(tmp_path):
    """Writes the files of a project: ``project({"config/default.yml": "…"})`` returns its folder."""

    def write(files):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return write
