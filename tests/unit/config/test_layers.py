"""The layers of the settings: which value wins, where it is said to come from, and what is refused."""

import json
from pathlib import Path

import pytest

from dw_simulator.config import load_settings
from dw_simulator.config.settings import CATALOG, load
from dw_simulator.errors import ConfigError

ROOT = Path(__file__).resolve().parents[3]

FILES = {
    "config/default.yml": "redshift:\n  port: 1\n",
    "home/run/stack.json": json.dumps({"services": [{"name": "redshift", "host": "127.0.0.1", "port": 2}]}),
    "deployment/staging.yml": "redshift:\n  port: 3\n",
    ".env.local": "DW_SIMULATOR_REDSHIFT_PORT=4\n",
}
VARIABLES = {"DW_SIMULATOR_REDSHIFT_PORT": "5"}
CALLER = {"redshift": {"port": 6}}

CASES = [
    # files, variables, what the caller gives, environment -> port, origin, name there
    ([], {}, {}, "local", 5439, "default", ""),
    (["config/default.yml"], {}, {}, "local", 1, "config/default.yml", "redshift.port"),
    (["config/default.yml", "home/run/stack.json"], {}, {}, "local", 2, "running stack", None),
    (
        ["home/run/stack.json", "deployment/staging.yml"],
        {},
        {},
        "staging",
        3,
        "deployment/staging.yml",
        "redshift.port",
    ),
    (["deployment/staging.yml", ".env.local"], {}, {}, "staging", 4, ".env.local", "DW_SIMULATOR_REDSHIFT_PORT"),
    ([*FILES], VARIABLES, {}, "staging", 5, "environment", "DW_SIMULATOR_REDSHIFT_PORT"),
    ([*FILES], VARIABLES, CALLER, "staging", 6, "command line", "redshift.port"),
]


@pytest.mark.parametrize(("files", "variables", "caller", "environment", "port", "origin", "name"), CASES)
def test_the_highest_layer_wins_and_is_named(project, files, variables, caller, environment, port, origin, name):
    folder = project({file: FILES[file] for file in files})
    given = {"home": folder / "home", "config_dir": folder, "environment": environment, **caller}
    loaded = load(given, variables=variables)
    assert loaded.settings.redshift.port == port
    found = loaded.origin(CATALOG.find("redshift.port"))
    assert found.layer == origin
    assert name is None or found.name == name
    assert (loaded.settings.environment, loaded.settings.config_dir) == (environment, folder)


def test_the_stack_gives_no_port_to_a_host_elsewhere(project):
    state = {"services": [{"name": n, "host": "127.0.0.1", "port": 7} for n in ("redshift", "snowflake")]}
    folder = project({
        "home/run/stack.json": json.dumps(state),
        "deployment/staging.yml": "redshift: {host: staging.example.com}",
    })  # fmt: skip
    given = {"home": folder / "home", "config_dir": folder, "environment": "staging"}
    settings = load(given, variables={}).settings
    assert settings.redshift.address == "staging.example.com:5439"
    assert settings.snowflake.address == "127.0.0.1:7"


def read(folder, variables=None, **given):
    return load({"config_dir": folder, **given}, use_running_stack=False, variables=variables or {}).settings


def test_other_programs_names_are_read_from_files(project):
    folder = project({
        "config/default.yml": "DATA_WAREHOUSE_HOST: 127.0.0.2\nDW_SIMULATOR_STAGE_BUCKET: my-bucket\n",
        ".env.local": "SNOWFLAKE_USER=mock_dev_user\nUNRELATED=1\n",
    })  # fmt: skip
    settings = read(folder)
    assert (settings.redshift.host, settings.stage.bucket) == ("127.0.0.2", "my-bucket")
    assert settings.snowflake.user == "mock_dev_user"


def test_other_programs_variables_count_only_in_a_chosen_environment(project):
    folder = project({"deployment/production.yml": "redshift:\n  host: from-file\n"})
    variables = {"DATA_WAREHOUSE_HOST": "prod.example.com", "SNOWFLAKE_HOST": "acme.example.com"}
    assert read(folder, variables).redshift.host == "127.0.0.1"
    chosen = read(folder, {**variables, "DW_SIMULATOR_ENV": "production"})
    assert (chosen.redshift.host, chosen.snowflake.host) == ("prod.example.com", "acme.example.com")
    own = {**variables, "DW_SIMULATOR_ENV": "production", "DW_SIMULATOR_REDSHIFT_HOST": "own.example.com"}
    assert read(folder, own).redshift.host == "own.example.com"


def test_env_local_may_choose_the_environment(project):
    folder = project({".env.local": "DW_SIMULATOR_ENV=ci\n", "deployment/ci.yml": "s3: {port: 9}\n"})
    assert (read(folder).environment, read(folder).s3.port) == ("ci", 9)
    assert read(folder, {"DW_SIMULATOR_ENV": "local"}).environment == "local"


def test_texts_of_files_take_environment_variables(project):
    folder = project({"config/default.yml": "redshift:\n  host: ${WHERE:-127.0.0.9}\n  user: u-${WHO}\n"})
    settings = read(folder, {"WHO": "me"})
    assert (settings.redshift.host, settings.redshift.user) == ("127.0.0.9", "u-me")
    with pytest.raises(ConfigError, match=r"redshift\.user needs the environment variable WHO"):
        read(folder)


def test_settings_may_be_under_a_key_of_their_own(project):
    folder = project({"config/default.yml": "database: postgres\ndw_simulator:\n  s3:\n    port: 7\n"})
    assert read(folder).s3.port == 7


def test_another_programs_default_file_is_left_alone(project):
    folder = project({"config/default.yml": "server:\n  port: 7\n"})
    loaded = load({"config_dir": folder}, use_running_stack=False, variables={})
    assert loaded.settings.s3.port == 4566
    assert loaded.layers[0].note == "ignored: it has no setting of dw-simulator"


def test_a_secret_may_come_from_a_file(project):
    settings = read(project({}), {"DW_SIMULATOR_REDSHIFT_PASSWORD_FILE": "/run/secrets/password"})
    assert settings.redshift.password.get_secret_value() == "file:/run/secrets/password"


def test_lists_are_separated_by_commas(project):
    assert read(project({}), {"DW_SIMULATOR_LOCAL_HOSTS": "a, b"}).local_hosts == ["a", "b"]


REFUSED = [
    (
        {"config/default.yml": "redshift:\n  prot: 1\n"},
        {},
        r"unknown setting 'redshift.prot': did you mean redshift.port",
    ),
    ({"config/default.yml": "redshift: {port: x}"}, {}, r"redshift.port \(from config/default.yml \(redshift.port\)\)"),
    ({"config/default.yml": "redshift: ["}, {}, "is not YAML"),
    ({"config/default.yml": "- 1"}, {}, "must be a mapping"),
    ({"config/default.yml": "s3: {port: 1}\nenvironment: x"}, {}, "set DW_SIMULATOR_ENV instead"),
    ({}, {"DW_SIMULATOR_REDSHIFT_PROT": "1"}, "did you mean DW_SIMULATOR_REDSHIFT_PORT"),
    ({".env.local": "DW_SIMULATOR_S3_PROT=1"}, {}, r"\.env\.local: DW_SIMULATOR_S3_PROT sets nothing"),
    ({}, {"DW_SIMULATOR_ENV": "production"}, "has no file"),
    ({}, {"DW_SIMULATOR_ENV": "../x"}, "is no name of an environment"),
    (
        {},
        {"DW_SIMULATOR_S3_SECRET_KEY": "a", "DW_SIMULATOR_S3_SECRET_KEY_FILE": "b"},
        "both DW_SIMULATOR_S3_SECRET_KEY",
    ),
]


@pytest.mark.parametrize(("files", "variables", "message"), REFUSED)
def test_what_is_wrong_is_named(project, files, variables, message):
    with pytest.raises(ConfigError, match=message):
        read(project(files), variables)


def test_a_wrong_secret_is_not_shown(project):
    folder = project({"config/default.yml": "redshift:\n  password: [hunter2]\n"})
    with pytest.raises(ConfigError) as caught:
        read(folder)
    assert "hunter2" not in str(caught.value)


def test_the_documented_defaults_are_the_defaults():
    assert read(ROOT).model_dump(exclude={"config_dir"}) == load_settings(
        {"config_dir": "/"}, use_running_stack=False
    ).model_dump(exclude={"config_dir"})


def test_every_setting_has_a_description_and_a_name_of_its_own():
    assert [setting.name for setting in CATALOG.settings if not setting.description] == []
    assert len({setting.variable for setting in CATALOG.settings}) == len(CATALOG.settings)
