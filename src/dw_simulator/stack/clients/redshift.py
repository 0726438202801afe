"""Clients of Redshift: those of PostgreSQL, and Amazon's own drivers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dw_simulator.stack.clients.base import Client, in_shell, in_url, query_of, shown, trusting, yaml_text

if TYPE_CHECKING:
    from dw_simulator.config.settings import Settings


def _psql(settings: Settings) -> str:
    target = settings.redshift
    ca = target.ca_file
    verified = "" if ca is None else f"PGSSLMODE=verify-full PGSSLROOTCERT={in_shell(ca)} "
    password = in_shell(shown(target, "password"))
    where = f"-h {in_shell(target.host)} -p {target.port} -U {in_shell(target.user)}"
    return f"{verified}PGPASSWORD={password} psql {where} {in_shell(target.database)}"


def _environment(settings: Settings) -> str:
    target = settings.redshift
    values = {
        "PGHOST": target.host,
        "PGPORT": target.port,
        "PGDATABASE": target.database,
        "PGUSER": target.user,
        "PGPASSWORD": shown(target, "password"),
    }
    if target.ca_file is not None:
        values |= {"PGSSLMODE": "verify-full", "PGSSLROOTCERT": str(target.ca_file)}
    return "\n".join(f"export {name}={in_shell(value)}" for name, value in values.items())


def _python(settings: Settings) -> str:
    target = settings.redshift
    tls = "ssl=False" if target.ca_file is None else "ssl=True, sslmode='verify-full'"
    return (
        f"{trusting('SSL_CERT_FILE', target.ca_file)}import redshift_connector\n"
        f"redshift_connector.connect(host={target.host!r}, port={target.port}, database={target.database!r}, "
        f"user={target.user!r}, password={shown(target, 'password')!r}, {tls})"
    )


def _psycopg(settings: Settings) -> str:
    target = settings.redshift
    tls = "" if target.ca_file is None else f", sslmode='verify-full', sslrootcert={str(target.ca_file)!r}"
    return (
        "import psycopg\n"
        f"psycopg.connect(host={target.host!r}, port={target.port}, dbname={target.database!r}, "
        f"user={target.user!r}, password={shown(target, 'password')!r}{tls})"
    )


def _sqlalchemy(settings: Settings) -> str:
    """The dialect of the package sqlalchemy-redshift."""
    target = settings.redshift
    login = f"{in_url(target.user)}:{in_url(shown(target, 'password'))}"
    url = f"redshift+redshift_connector://{login}@{target.host}:{target.port}/{in_url(target.database)}"
    tls: dict[str, Any] = {"ssl": False} if target.ca_file is None else {"ssl": True, "sslmode": "verify-full"}
    return (
        f"{trusting('SSL_CERT_FILE', target.ca_file)}# pip install sqlalchemy-redshift redshift_connector\n"
        f"import sqlalchemy\nsqlalchemy.create_engine({url!r}, connect_args={tls!r})"
    )


def _dbt(settings: Settings) -> str:
    target = settings.redshift
    ca = target.ca_file
    output = {
        "type": "redshift",
        "host": target.host,
        "port": target.port,
        "user": target.user,
        "password": shown(target, "password"),
        "dbname": target.database,
        "schema": "analytics",
        "sslmode": "disable" if ca is None else "verify-full",
        "ra3_node": False,
    }
    remark = "" if ca is None else f"# and in the environment: SSL_CERT_FILE={ca}\n"
    return remark + yaml_text({"my_project": {"target": "local", "outputs": {"local": output}}})


def _jdbc(scheme: str, settings: Settings) -> str:
    target = settings.redshift
    options: dict[str, object] = {"user": target.user, "password": shown(target, "password")}
    if target.ca_file is not None:
        options |= {"ssl": "true", "sslmode": "verify-full", "sslrootcert": target.ca_file}
    elif scheme == "redshift":
        options["ssl"] = "false"
    return f"jdbc:{scheme}://{target.host}:{target.port}/{in_url(target.database)}{query_of(options)}"


def _odbc(settings: Settings) -> str:
    target = settings.redshift
    tls = "SSLMode=disable" if target.ca_file is None else f"SSLMode=verify-full;SSLRootCert={target.ca_file}"
    return (
        f"Driver={{Amazon Redshift ODBC Driver (x64)}};Server={target.host};Port={target.port};"
        f"Database={target.database};UID={target.user};PWD={shown(target, 'password')};{tls}"
    )


CLIENTS = (
    Client("redshift", "psql", "Redshift, psql", "bash", _psql, brief=True),
    Client("redshift", "python", "Redshift, Python", "python", _python, brief=True),
    Client("redshift", "psycopg", "Redshift, psycopg", "python", _psycopg),
    Client("redshift", "sqlalchemy", "Redshift, SQLAlchemy", "python", _sqlalchemy),
    Client("redshift", "dbt", "Redshift, dbt (profiles.yml)", "yaml", _dbt),
    Client("redshift", "jdbc", "Redshift, JDBC", "text", lambda settings: _jdbc("redshift", settings)),
    Client(
        "redshift",
        "jdbc-postgresql",
        "Redshift, JDBC of PostgreSQL",
        "text",
        lambda settings: _jdbc("postgresql", settings),
    ),
    Client("redshift", "odbc", "Redshift, ODBC", "text", _odbc),
    Client("redshift", "environment", "Redshift, environment variables", "bash", _environment),
)
