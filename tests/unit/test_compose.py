"""What docker-compose.yml and its files promise, read from the files: no engine is needed."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from dw_simulator.config.settings import CATALOG

ROOT = Path(__file__).resolve().parents[2]


def read(path: Path) -> dict[str, Any]:
    class Loader(yaml.SafeLoader):
        """Takes compose's own tags for what they mark."""

    Loader.add_multi_constructor("!", lambda loader, _suffix, node: _plain(loader, node))
    return yaml.load(path.read_text(), Loader)


def _plain(loader: yaml.SafeLoader, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return None


COMPOSE = read(ROOT / "docker-compose.yml")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
FILES = [ROOT / "docker-compose.yml", *sorted((ROOT / "deploy").glob("compose*.yml"))]
MAIN = {
    "synthetic-data-generator": ["serve", "api"],
    "local-snowflake-emulator": ["serve", "snowflake"],
    "local-redshift-mock": ["serve", "redshift"],
    "local-s3-staging": ["serve", "s3"],
    "data-loader-utility": ["load", "--watch"],
}
OURS = [name for name, service in SERVICES.items() if str(service["image"]).startswith("dw-simulator")]


def settings_of(environment: dict[str, Any]) -> list[str]:
    return [name for name in environment or {} if name.startswith("DW_SIMULATOR_")]


def test_the_services_of_the_design_are_there_without_a_profile():
    without = {name for name, service in SERVICES.items() if not service.get("profiles")}
    assert without == {*MAIN, "local-redshift-postgres"}
    for name, command in MAIN.items():
        assert SERVICES[name]["command"][: len(command)] == command


def test_the_profiles_are_there():
    assert {profile for service in SERVICES.values() for profile in service.get("profiles", ())} == {
        "observability",
        "localstack",
        "dask",
    }


def test_every_service_of_ours_gets_the_certificates():
    services = read(ROOT / "deploy" / "compose.tls.yml")["services"]
    maker = services.pop("local-certificates")
    assert services.keys() == MAIN.keys()
    for service in services.values():
        assert service["environment"]["DW_SIMULATOR_TLS_ENABLED"] == "true"
        assert service["volumes"] == ["certificates:/certificates:ro"]
        assert service["depends_on"]["local-certificates"] == {"condition": "service_completed_successfully"}
    names = maker["environment"]["DW_SIMULATOR_LOCAL_HOSTS"]
    assert names == SERVICES["local-s3-staging"]["environment"]["DW_SIMULATOR_LOCAL_HOSTS"]
    assert set(names.split(",")) == MAIN.keys()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_ports_are_published_on_the_loopback_only(path):
    for name, service in read(path)["services"].items():
        for port in service.get("ports") or ():
            assert re.fullmatch(r"127\.0\.0\.1:(\$\{PUBLISH_\w+_PORT:-\d+\}|\d+):\d+", str(port)), (name, port)
        assert not service.get("privileged"), name
        assert service.get("network_mode") != "host", name


@pytest.mark.parametrize("name", SERVICES)
def test_containers_have_few_rights(name):
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] == "unless-stopped"
    assert service["stop_grace_period"]
    assert not any("docker.sock" in str(volume) for volume in service.get("volumes") or ())


@pytest.mark.parametrize("name", OURS)
def test_our_containers_are_read_only_and_no_root(name):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["init"] is True
    assert "user" not in service
    assert not service.get("cap_add")


def test_the_image_runs_as_a_user_without_rights():
    text = (ROOT / "deploy/Dockerfile").read_text()
    assert re.findall(r"^USER (.*)$", text, re.M) == ["10001:10001"]
    assert "# syntax=" not in text
    assert "--mount" not in text
    assert "index-url" not in text


@pytest.mark.parametrize("name", ["local-redshift-postgres", *MAIN])
def test_services_say_whether_they_are_well(name):
    check = SERVICES[name]["healthcheck"]
    assert check["test"][0] == "CMD"
    assert {"interval", "timeout", "retries", "start_period"} <= check.keys()


def test_services_wait_for_what_they_need():
    for name in ("synthetic-data-generator", "data-loader-utility"):
        needed = SERVICES[name]["depends_on"]
        assert {"local-s3-staging", "local-snowflake-emulator", "local-redshift-mock"} <= needed.keys()
        assert {need["condition"] for need in needed.values()} == {"service_healthy"}
    assert SERVICES["local-redshift-mock"]["depends_on"] == {
        "local-redshift-postgres": {"condition": "service_healthy"}
    }


def test_state_lives_in_named_volumes():
    named = set(COMPOSE["volumes"])
    for name, service in SERVICES.items():
        for volume in service.get("volumes") or ():
            source, _, rest = str(volume).partition(":")
            assert source in named or rest.endswith(":ro"), (name, volume)
    # One metadata store: what the generator has made, the loader loads.
    assert SERVICES["data-loader-utility"]["volumes"] == SERVICES["synthetic-data-generator"]["volumes"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_settings_exist(path):
    for name, service in read(path)["services"].items():
        for variable in settings_of(service.get("environment")):
            assert CATALOG.by_variable.get(variable), (name, variable)


def test_every_service_counts_as_this_machine():
    hosts = SERVICES["synthetic-data-generator"]["environment"]["DW_SIMULATOR_LOCAL_HOSTS"].split(",")
    assert {host.strip() for host in hosts} == set(MAIN)


def test_only_the_api_may_listen_beyond_the_loopback_without_a_login():
    published = [name for name in SERVICES if "DW_SIMULATOR_API_PUBLISHED" in (SERVICES[name].get("environment") or {})]
    assert published == ["synthetic-data-generator"]


def test_the_database_behind_redshift_is_not_published():
    assert "ports" not in SERVICES["local-redshift-postgres"]
    assert SERVICES["local-redshift-postgres"]["networks"] == ["redshift-backend"]
    assert COMPOSE["networks"]["redshift-backend"]["internal"] is True
    users = [name for name, service in SERVICES.items() if "redshift-backend" in (service.get("networks") or ())]
    assert sorted(users) == ["local-redshift-mock", "local-redshift-postgres"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_mounted_files_are_there(path):
    for name, service in read(path)["services"].items():
        for volume in service.get("volumes") or ():
            source = str(volume).partition(":")[0]
            if source.startswith("./"):
                assert (ROOT / source).exists(), (name, volume)


def test_what_the_build_copies_is_sent_to_the_engine():
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", (ROOT / "deploy/Dockerfile").read_text(), re.M)
    sources = [word for line in copied for word in line.split()]
    for source in sources:
        assert source in kept
        assert (ROOT / source).exists()
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    for included in wheel["force-include"]:
        assert any(included == source or included.startswith(f"{source}/") for source in sources), included
