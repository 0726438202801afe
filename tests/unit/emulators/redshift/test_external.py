"""What a PostgreSQL that is not ours must be to stand behind the emulator."""

import pytest

from dw_simulator.emulators.redshift.catalog_install import catalog_scripts
from dw_simulator.emulators.redshift.external import parse_dsn, require_locale, require_usable, session_settings
from dw_simulator.emulators.redshift.protocol.auth import answer, md5_verifier
from dw_simulator.errors import StackError

SERVERS = [
    ({"version": 14}, "version 14; 15 is the oldest"),
    ({"superuser": False}, "no superuser"),
    ({"encoding": "LATIN1"}, "as LATIN1, not as UTF8"),
]


@pytest.mark.parametrize("version", [15, 16, 17, 18])
def test_servers_that_can_be_used(version):
    require_usable(version, superuser=True, encoding="UTF8")


@pytest.mark.parametrize(("changes", "message"), SERVERS)
def test_servers_that_cannot(changes, message):
    with pytest.raises(StackError, match=message) as caught:
        require_usable(**{"version": 15, "superuser": True, "encoding": "UTF8", **changes})
    assert caught.value.hint


@pytest.mark.parametrize(
    ("sorts", "folds", "message"),
    [(False, True, "sort text by code point"), (True, False, "change the case of letters")],
)
def test_a_locale_that_would_compare_differently_is_refused(sorts, folds, message):
    require_locale(sorts_by_code_point=True, folds_all_letters=True)
    with pytest.raises(StackError, match=message) as caught:
        require_locale(sorts_by_code_point=sorts, folds_all_letters=folds)
    assert "C.UTF-8" in str(caught.value.hint)


def test_what_versions_lack_is_installed_in_those_only():
    texts = {version: "\n".join(catalog_scripts(version)) for version in (15, 16, 17, 18)}
    for version, text in texts.items():
        assert ("FUNCTION pg_catalog.pg_input_is_valid" in text) is (version < 16)
        assert ("AGGREGATE pg_catalog.any_value(" in text) is (version < 16)
        assert ("FUNCTION pg_catalog.pg_timezone_abbrevs" in text) is (version >= 18)
        assert ("md5_password_warnings" in session_settings(version)) is (version >= 18)


@pytest.mark.parametrize(
    ("dsn", "host", "port", "user", "database"),
    [
        ("postgresql://rdsdb:x@db:6000/postgres", "db", 6000, "rdsdb", "postgres"),
        ("host=db user=me", "db", 5432, "me", "postgres"),
    ],
)
def test_a_dsn_is_read(dsn, host, port, user, database):
    address = parse_dsn(dsn)
    assert (address.host, address.port, address.user, address.database) == (host, port, user, database)


def test_a_dsn_that_cannot_be_read_is_named():
    with pytest.raises(StackError, match="cannot read the backend DSN"):
        parse_dsn("postgresql://[")


def test_a_stored_password_answers_for_the_password():
    request = (5).to_bytes(4, "big") + b"salt"
    replies = []
    for password, verifier in (("secret", ""), ("", md5_verifier("me", "secret"))):
        exchange = answer("me", password, verifier)
        next(exchange)
        replies.append(exchange.send(request))
    assert replies[0] == replies[1]
