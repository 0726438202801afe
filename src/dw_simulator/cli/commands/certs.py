"""`dw-sim certs`: the local CA and the certificate that the services present when TLS is enabled."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from dw_simulator.cli import diagnostics
from dw_simulator.cli.context import invocation
from dw_simulator.cli.output import JsonOption, print_json, print_table, print_text

if TYPE_CHECKING:
    from pathlib import Path

    from dw_simulator.serving.certificates import Description


def create(
    context: typer.Context,
    name: Annotated[
        list[str] | None,
        typer.Option(help="Another host name or IP address that clients connect to; give it again for more."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace what is there, also the CA: clients must trust the new one.")
    ] = False,
    renew: Annotated[
        bool, typer.Option("--renew", help="Only a new server certificate of the same CA; clients notice nothing.")
    ] = False,
    if_needed: Annotated[
        bool, typer.Option("--if-needed", help="Make what is missing, renew what ends soon; no error otherwise.")
    ] = False,
) -> None:
    """Make a CA for this machine's own names and a server certificate for all services.

    The host names of the setting local_hosts are among its names.
    """
    if force + renew + if_needed > 1:
        raise typer.BadParameter("choose one of --force, --renew and --if-needed")
    from dw_simulator.config.trust import trusted_folder
    from dw_simulator.serving import certificates

    settings = invocation(context).settings()
    folder = settings.tls_dir
    names = (*settings.local_hosts, *(name or ()))
    if if_needed:
        certificates.ensure(folder, names)
    elif renew:
        certificates.renew(folder, names)
    else:
        certificates.create(folder, names, force=force)
    ca, server = certificates.describe(folder)
    trusted_folder(ca.path)  # for clients that may only read here
    done = (
        "the certificates are"
        if if_needed
        else "renewed the server certificate"
        if renew
        else "made CA and server certificate"
    )
    diagnostics.say(f"{done} in {folder}, for {', '.join(server.names)}, until {server.not_after:%Y-%m-%d}")
    if not settings.tls.enabled:
        diagnostics.say("use them with DW_SIMULATOR_TLS_ENABLED=true at the next: dw-sim up")
    else:
        diagnostics.say("services that run take them after: dw-sim restart")
    diagnostics.say("how clients trust the CA: dw-sim certs show")


def show(context: typer.Context, as_json: JsonOption = False) -> None:
    """Show the certificates, and how clients of each kind trust the CA."""
    from dw_simulator.serving import certificates

    found = certificates.describe(invocation(context).settings().tls_dir)
    if as_json:
        print_json({role: asdict(item) for role, item in zip(("ca", "server"), found, strict=True)})
        return
    print_table(("", "CA", "server"), _rows(*found))
    print_text("\n" + "\n\n".join(f"# {title}\n{text}" for title, text in trust_snippets(found[0].path)))


def _rows(ca: Description, server: Description) -> list[tuple[str, str, str]]:
    def row(title: str, field: str) -> tuple[str, str, str]:
        return title, str(getattr(ca, field)), str(getattr(server, field))

    return [
        row("file", "path"),
        row("subject", "subject"),
        ("names", "may vouch for loopback and the names it was made for", ", ".join(server.names)),
        row("valid from", "not_before"),
        row("valid until", "not_after"),
        row("days left", "days_left"),
        row("SHA-256", "sha256"),
    ]


def trust_snippets(ca: Path) -> list[tuple[str, str]]:
    """(client, what to write) so that it verifies the stack's certificate."""
    return [
        ("psql, psycopg, libpq", f"export PGSSLMODE=verify-full PGSSLROOTCERT={ca}"),
        ("redshift_connector, with ssl=True, sslmode='verify-full'", f"export SSL_CERT_FILE={ca}"),
        ("asyncpg", f"asyncpg.connect(…, ssl=ssl.create_default_context(cafile={str(ca)!r}))"),
        ("Snowflake connector for Python 5", f"snowflake.connector.connect(…, custom_root_store_path={str(ca)!r})"),
        ("Snowflake connector for Python 4, requests", f"export REQUESTS_CA_BUNDLE={ca}"),
        ("boto3", f"boto3.client('s3', …, verify={str(ca)!r})"),
        ("AWS CLI, boto3 without a change of code", f"export AWS_CA_BUNDLE={ca}"),
        ("pyarrow", f"pyarrow.fs.S3FileSystem(…, scheme='https', tls_ca_file_path={str(ca)!r})"),
        ("s3fs", f"s3fs.S3FileSystem(…, client_kwargs={{'verify': {str(ca)!r}}})"),
        ("Node.js", f"export NODE_EXTRA_CA_CERTS={ca}"),
        (
            "JDBC, Java",
            f"keytool -importcert -noprompt -alias dw-simulator -file {ca} -keystore trust.jks -storepass changeit",
        ),
        ("curl", f"curl --cacert {ca} https://…"),
        (
            "the whole machine (Debian, Ubuntu)",
            f"sudo cp {ca} /usr/local/share/ca-certificates/dw-simulator.crt && sudo update-ca-certificates",
        ),
    ]


def path(
    context: typer.Context,
    what: Annotated[str, typer.Argument(metavar="[ca|server|server-key|folder]", help="Which path to print.")] = "ca",
) -> None:
    """Print where the CA (or another file) is, for scripts. It need not be there yet."""
    from dw_simulator.serving.certificates import Place

    place = Place(invocation(context).settings().tls_dir)
    known = {"ca": place.ca, "server": place.server, "server-key": place.server_key, "folder": place.folder}
    if what not in known:
        raise typer.BadParameter(f"{what!r} is not one of: {', '.join(known)}", param_hint="WHAT")
    print_text(str(known[what]))


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="The local CA and the services' certificate for TLS.")
    group.command("create")(create)
    group.command("show")(show)
    group.command("path")(path)
    app.add_typer(group, name="certs", rich_help_panel="Tools")
