"""Both environments of the driver over TLS: requests, chunks of results, presigned URLs of stages, S3 behind COPY."""

from __future__ import annotations

from typing import Any

import pytest

from dw_simulator.serving.certificates import create

NAMES = ("connects_and_selects", "a_million_rows", "asynchronous")
FILES = ("put_copy_get", "copy_from_s3")


def trusting(environment: str, ca: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """Options and environment with which a driver verifies the server with ``ca``."""
    options = {"protocol": "https", "login_timeout": 20}
    if environment == "main":
        return {**options, "custom_root_store_path": str(ca)}, {}
    return {**options, "disable_ocsp_checks": True}, {"REQUESTS_CA_BUNDLE": str(ca)}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("environment", ["snowflake4", "main"])
def test_scenarios_over_tls(tls_services: Any, run_some: Any, environment: str, host: str, tmp_path: Any) -> None:
    services, ca = tls_services
    options, variables = trusting(environment, ca)
    names, files = (NAMES, FILES) if host == "127.0.0.1" else (NAMES[:1], ())
    options["host"] = host
    outcomes = run_some(environment, services, tmp_path, names, options, variables)
    if files:
        outcomes |= run_some(environment, services, tmp_path, files, options, variables, "file_scenarios.py")
    failed = {name: outcome for name, outcome in outcomes.items() if outcome is not None}
    assert outcomes.keys() == {*names, *files}
    if failed:
        pytest.fail("\n".join(f"{name}: {outcome}" for name, outcome in failed.items()), pytrace=False)


def test_procedure_in_python_over_tls(tls_services: Any, run_some: Any, tmp_path: Any) -> None:
    """The session of a handler verifies the server too."""
    services, ca = tls_services
    options, variables = trusting("main", ca)
    name, program = "procedure_in_python", "program_scenarios.py"
    assert run_some("main", services, tmp_path, (name,), options, variables, program) == {name: None}


@pytest.mark.parametrize("environment", ["snowflake4", "main"])
def test_another_ca_is_refused(tls_services: Any, run_some: Any, environment: str, tmp_path: Any) -> None:
    services, _ = tls_services
    options, variables = trusting(environment, create(tmp_path / "other").ca)
    options["login_timeout"] = 5
    outcome = run_some(environment, services, tmp_path, NAMES[:1], options, variables)["connects_and_selects"]
    assert outcome is not None
    assert any(said in outcome for said in ("certificate verify failed", "invalid peer certificate", "timed out"))
