"""Each check of `dw-sim doctor` with what it finds wrong, and with nothing wrong."""

import datetime as dt
import importlib
import json
import os
import resource
import socket
import subprocess
import sys
import time
from collections import namedtuple
from importlib import metadata
from types import SimpleNamespace

import pytest
from tests.ports import ports

from dw_simulator.config.settings import load_settings
from dw_simulator.errors import ConfigError, StackError
from dw_simulator.stack import state
from dw_simulator.stack.doctor import environment, home, installation, machine, registry, services
from dw_simulator.stack.doctor.registry import CHECKS, Context, Level, examine
from dw_simulator.stack.state import ServiceStatus, StackLock, StackRecord, State

CASES: dict[str, list] = {}


def case(check):
    """Register a test as one of a check."""

    def register(function):
        CASES.setdefault(check, []).append(function)
        return function

    return register


@pytest.fixture
def run(settings):
    """``run("disk", settings=…, HTTP_PROXY=…)`` gives level, message and remedy of what the check finds."""

    def examined(check, *, given=None, error=None, **variables):
        found = examine(Context(given or settings, variables, error), [check])
        assert all(finding.check == check for finding in found)
        assert all(finding.remedy for finding in found if finding.level is not Level.OK)
        return [(finding.level.value, finding.message, finding.remedy) for finding in found]

    return examined


def test_every_check_has_its_tests():
    examine(Context(load_settings({"home": "/nowhere"}, use_running_stack=False), {}), [])
    assert set(CASES) == set(CHECKS)


def test_a_check_that_fails_is_a_finding(run, monkeypatch):
    monkeypatch.setitem(registry.CHECKS, "python", lambda *_: 1 / 0)
    assert run("python")[0][:2] == ("problem", "could not be checked: ZeroDivisionError: division by zero")


@case("python")
@pytest.mark.parametrize(
    ("version", "bits", "level"), [((3, 11, 0), 8, "ok"), ((3, 10, 9), 8, "problem"), ((3, 12, 0), 4, "problem")]
)
def test_python(run, monkeypatch, version, bits, level):
    monkeypatch.setattr(installation.sys, "version_info", version)
    monkeypatch.setattr(installation.struct, "calcsize", lambda _: bits)
    assert run("python")[0][0] == level


@case("packages")
@pytest.mark.parametrize(
    ("needed", "level", "message"),
    [
        (["numpy>=1"], "ok", "and the 1 packages it needs"),
        (["numpy>=999"], "problem", "numpy is"),
        (["no-such-package>=1", "numpy"], "problem", "no-such-package is missing"),
        (["no-such-package; extra == 'faker'", "numpy; python_version < '3'"], "ok", "the 0 packages"),
    ],
)
def test_packages(run, monkeypatch, needed, level, message):
    monkeypatch.setattr(installation.metadata, "requires", lambda _: needed)
    (found,) = run("packages")
    assert found[0] == level
    assert message in found[1]


def _missing(name):
    raise ImportError(f"no {name} here")


@case("drivers")
def test_drivers(run, monkeypatch):
    assert f"psycopg {metadata.version('psycopg')}" in run("drivers")[0][1]
    monkeypatch.setattr(installation, "importlib", SimpleNamespace(import_module=_missing))
    found = run("drivers")
    assert [entry[0] for entry in found] == ["problem"] * 3
    assert found[1][1:] == (
        "snowflake.connector cannot be imported: no snowflake.connector here",
        "pip install --force-reinstall snowflake-connector-python",
    )


@case("engines")
def test_engines(run, monkeypatch):
    assert "duckdb" in run("engines")[0][1]
    monkeypatch.setattr(installation, "ENGINES", ("dw_simulator_missing", "numpy"))
    assert [entry[0] for entry in run("engines")] == ["problem", "ok"]


@case("postgresql")
def test_postgresql(run, monkeypatch, tmp_path):
    assert run("postgresql")[0][1].startswith("PostgreSQL 1")
    own = load_settings({"home": tmp_path, "redshift": {"backend_dsn": "postgresql://x"}}, use_running_stack=False)
    assert "of your own" in run("postgresql", given=own)[0][1]

    def refuse(_home):
        raise StackError("there is none", hint="install it")

    module = importlib.import_module("dw_simulator.emulators.redshift.postgres")
    monkeypatch.setattr(module, "probe", refuse)
    assert run("postgresql") == [("problem", "there is none", "install it")]


@case("memory")
@pytest.mark.parametrize(
    ("available", "limit", "level", "message"),
    [
        (4 << 20, "max", "ok", "4.0 GB free"),
        (300 << 10, "max", "warning", "300 MB of memory are free"),
        (4 << 20, str(600 << 20), "warning", "500 MB of memory are free"),
        (None, "max", "ok", "does not tell"),
    ],
)
def test_memory(run, monkeypatch, tmp_path, available, limit, level, message):
    if available is not None:
        (tmp_path / "meminfo").write_text(f"MemTotal: 99 kB\nMemAvailable: {available} kB\n")
    (tmp_path / "limit").write_text(limit + "\n")
    (tmp_path / "used").write_text(str(100 << 20))
    for name, file in (("MEMINFO", "meminfo"), ("CGROUP_LIMIT", "limit"), ("CGROUP_USED", "used")):
        monkeypatch.setattr(machine, name, tmp_path / file)
    (found,) = run("memory")
    assert found[0] == level
    assert message in found[1]


@case("limits")
@pytest.mark.parametrize(
    ("files", "size", "levels"),
    [
        (4096, resource.RLIM_INFINITY, ["ok"]),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, ["ok"]),
        (256, resource.RLIM_INFINITY, ["warning"]),
        (256, 1 << 20, ["warning", "warning"]),
    ],
)
def test_limits(run, monkeypatch, files, size, levels):
    given = {resource.RLIMIT_NOFILE: (files, files), resource.RLIMIT_FSIZE: (size, size)}
    monkeypatch.setattr(machine.resource, "getrlimit", given.__getitem__)
    assert [entry[0] for entry in run("limits")] == levels


@case("clock")
def test_clock(run, settings, monkeypatch):
    assert run("clock")[0][0] == "ok"
    settings.home.mkdir()
    (settings.home / "metadata.sqlite").touch()
    os.utime(settings.home / "metadata.sqlite", (time.time() + 3600,) * 2)
    assert "it went backwards" in run("clock")[0][2]

    class Past(dt.datetime):
        @classmethod
        def now(cls, zone=None):
            return cls(1970, 1, 1, tzinfo=zone)

    monkeypatch.setattr(machine.dt, "datetime", Past)
    assert run("clock")[0][:2] == ("problem", "the clock says 1970-01-01 00:00 UTC")


@case("loopback")
@pytest.mark.parametrize(
    ("addresses", "level"),
    [(["127.0.0.1", "::1"], "ok"), (["::1"], "warning"), (["10.0.0.7"], "problem"), ([], "warning")],
)
def test_loopback(run, monkeypatch, addresses, level):
    def resolve(*_, **__):
        if not addresses:
            raise socket.gaierror("unknown")
        return [(0, 0, 0, "", (address, 0)) for address in addresses]

    monkeypatch.setattr(machine.socket, "getaddrinfo", resolve)
    monkeypatch.setattr(machine.socket, "create_connection", lambda *_, **__: socket.socket())
    assert [entry[0] for entry in run("loopback")] == [level]


@case("loopback")
def test_loopback_that_is_down(run, monkeypatch):
    def refuse(*_, **__):
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(machine.socket, "create_connection", refuse)
    assert run("loopback")[0][0] == "problem"


@case("settings")
def test_settings(run):
    assert run("settings", DW_SIMULATOR_S3_PORT="1", PATH="x") == [
        ("ok", "valid; from the environment: DW_SIMULATOR_S3_PORT", None)
    ]
    assert run("settings", error=ConfigError("s3.port: is none"))[0][:2] == ("problem", "s3.port: is none")


@case("proxy")
@pytest.mark.parametrize(
    ("variables", "level"),
    [
        ({}, "ok"),
        ({"HTTP_PROXY": ""}, "ok"),
        ({"HTTP_PROXY": "http://p:1"}, "problem"),
        ({"https_proxy": "http://p:1", "NO_PROXY": "example.com"}, "problem"),
        ({"HTTP_PROXY": "http://p:1", "NO_PROXY": "localhost,127.0.0.1"}, "ok"),
        ({"ALL_PROXY": "http://p:1", "no_proxy": "*"}, "ok"),
    ],
)
def test_proxy(run, variables, level):
    assert [entry[0] for entry in run("proxy", **variables)] == [level]


@case("other variables")
def test_other_variables(run):
    assert run("other variables", PATH="x", AWS_REGION="eu-west-1")[0][0] == "ok"
    found = run("other variables", PGSERVICE="x", AWS_ENDPOINT_URL="http://x", SNOWFLAKE_CONNECTIONS_DEV_HOST="x")
    assert [entry[1].partition(":")[0] for entry in found] == [
        "AWS_ENDPOINT_URL is set", "PGSERVICE is set", "SNOWFLAKE_CONNECTIONS_DEV_HOST is set",
    ]  # fmt: skip
    assert {entry[0] for entry in found} == {"warning"}
    assert set(environment.REDIRECTING.values())


@case("home")
def test_home(run, tmp_path, settings, monkeypatch):
    assert run("home")[0] == ("ok", f"{settings.home} (not made yet)", None)
    settings.home.mkdir()
    assert run("home")[0] == ("ok", str(settings.home), None)
    (tmp_path / "file").write_text("")
    below = load_settings({"home": tmp_path / "file" / "home"}, use_running_stack=False)
    assert run("home", given=below)[0][0] == "problem"

    def refuse(**_):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(home.tempfile, "TemporaryFile", refuse)
    assert run("home")[0][:2] == ("problem", f"{settings.home} cannot be written: Read-only file system")


@case("disk")
@pytest.mark.parametrize(("free", "level"), [(100 << 30, "ok"), (1 << 30, "warning"), (1 << 20, "problem")])
def test_disk(run, monkeypatch, free, level):
    usage = namedtuple("usage", "total used free")(1 << 40, 0, free)
    monkeypatch.setattr(home.shutil, "disk_usage", lambda _: usage)
    assert [entry[0] for entry in run("disk")] == [level]


@case("file system")
@pytest.mark.parametrize(
    ("kind", "level"), [("ext4", "ok"), ("nfs4", "warning"), ("9p", "warning"), ("tmpfs", "warning"), (None, "ok")]
)
def test_file_system(run, monkeypatch, tmp_path, kind, level):
    mounts = tmp_path / "mounts"
    if kind is not None:
        mounts.write_text(f"none / xfs rw 0 0\nserver:/x {tmp_path.resolve()} {kind} rw 0 0\nnone /tmp/no xfs rw 0 0\n")
    monkeypatch.setattr(home, "MOUNTS", mounts)
    assert [entry[0] for entry in run("file system")] == [level]


@case("file system")
def test_file_system_without_locks(run, monkeypatch):
    monkeypatch.setattr(home.fcntl, "flock", lambda *_: None)
    assert run("file system")[-1][0] == "problem"


@case("state")
def test_state(run, settings):
    assert run("state") == [("ok", "of this version", None)]
    (settings.home / "s3").mkdir(parents=True)
    assert run("state")[0][:2] == ("warning", "s3: written by an older version")
    (settings.home / "redshift/postgres").mkdir(parents=True)
    (settings.home / "redshift/postgres/PG_VERSION").write_text("12")
    assert "are of PostgreSQL 12" in run("state")[0][1]
    (settings.home / "version.json").write_text(json.dumps({"formats": {"s3": 99}}))
    assert run("state")[0][0] == "problem"


@case("leftovers")
def test_leftovers(run, settings):
    assert run("leftovers") == [("ok", "none", None)]
    settings.run_dir.mkdir(parents=True)
    (settings.home / ".restore").mkdir()
    state.write_record(settings, StackRecord(1, ()))
    assert [entry[1] for entry in run("leftovers")] == [
        "the stack was killed and its record is still there",
        "a restore was interrupted",
    ]
    command = [sys.executable, "-S", "-c", "import time; print(flush=True); time.sleep(60)", "dw_simulator"]
    command += ["--home", str(settings.home), "serve", "--supervised", "s3"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        found = run("leftovers")[0][1]
        process.kill()
    if sys.platform == "linux":
        assert found == f"services without a supervisor still run: {process.pid}"


@case("ports")
def test_ports(run, settings, tmp_path):
    chosen = {name: {"port": ports()} for name in ("s3", "snowflake", "redshift", "api")}
    free = load_settings({"home": tmp_path, **chosen}, use_running_stack=False)
    assert run("ports", given=free)[0][0] == "ok"
    with socket.create_server(("127.0.0.1", chosen["redshift"]["port"])):
        ((level, message, remedy),) = run("ports", given=free)
        assert (level, message.partition(", is in use by ")[0]) == (
            "problem",
            f"port {chosen['redshift']['port']}, wanted for redshift",
        )
        assert "DW_SIMULATOR_REDSHIFT_PORT" in remedy
        with StackLock(free):
            assert run("ports", given=free) == [("ok", "the running stack has them", None)]


@case("certificates")
def test_certificates(run, tmp_path):
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())

    def write(name, *, begins, ends):
        now = dt.datetime.now(dt.UTC)
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        builder = builder.serial_number(1).not_valid_before(now + begins).not_valid_after(now + ends)
        data = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        (tmp_path / "tls" / name).write_bytes(data)

    day = dt.timedelta(days=1)
    given = load_settings({"home": tmp_path, "tls": {"enabled": True}}, use_running_stack=False)
    assert run("certificates") == [("ok", "TLS is off", None)]
    assert [entry[0] for entry in run("certificates", given=given)] == ["problem"] * 3
    (tmp_path / "tls").mkdir()
    (tmp_path / "tls" / "server-key.pem").write_text("key")
    write("ca.pem", begins=-day, ends=300 * day)
    for begins, ends, levels in (
        (-day, 300 * day, ["ok"]),
        (-day, 5 * day, ["warning"]),
        (-9 * day, -day, ["problem"]),
    ):
        write("server.pem", begins=begins, ends=ends)
        assert [entry[0] for entry in run("certificates", given=given)] == levels
    (tmp_path / "tls" / "server.pem").write_text("nonsense")
    assert "cannot be read" in run("certificates", given=given)[0][1]


@case("services")
def test_services(run, settings, monkeypatch):
    assert run("services") == [("ok", "no stack is running", None)]
    record = StackRecord(
        os.getpid(),
        (
            ServiceStatus("s3", State.RUNNING, "127.0.0.1", 1, 2),
            ServiceStatus("snowflake", State.FAILED, "127.0.0.1", 2, None, None, 8, "now: it was too much"),
            ServiceStatus("api", State.RUNNING, "127.0.0.1", 3, 4, None, 2, "now: ended with exit code 1"),
        ),
    )

    async def answers(name, _address, *, limit, tls):
        return name != "s3"

    with StackLock(settings):
        state.write_record(settings, record)
        monkeypatch.setattr(services.health, "is_healthy", answers)
        assert [entry[:2] for entry in run("services")] == [
            ("problem", "s3 is running, and does not answer"),
            ("problem", "snowflake is failed; ended last at now: it was too much"),
            ("warning", "api was restarted 2 times, last at now: ended with exit code 1"),
        ]
        state.write_record(settings, StackRecord(os.getpid(), record.services[2:]))


@case("logs")
def test_logs(run, settings):
    assert run("logs")[0][0] == "ok"
    settings.log_dir.mkdir(parents=True)
    entry = {"time": "2026-01-01T00:00:00+00:00", "level": "error", "service": "s3", "message": "it broke"}
    lines = [json.dumps(entry), json.dumps({**entry, "level": "info", "message": "no error at all"})]
    (settings.log_dir / "s3.log").write_text("\n".join(lines) + "\n")
    ((level, message, remedy),) = run("logs")
    assert (level, message.startswith("s3: "), message.endswith("it broke")) == ("warning", True, True)
    assert "dw-sim logs s3" in remedy
