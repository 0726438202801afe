import errno

import pytest

from dw_simulator.errors import StackError
from dw_simulator.serving.addresses import cannot_listen, listening_socket


@pytest.mark.parametrize(
    ("number", "part"),
    [
        (errno.EADDRINUSE, "is in use by another program"),
        (errno.EACCES, "needs more rights"),
        (errno.EADDRNOTAVAIL, "cannot listen on 10.1.2.3:80"),
    ],
)
def test_port_errors_name_service_and_way_out(number, part):
    error = cannot_listen("api", "10.1.2.3", 80, OSError(number, "reason"))
    assert part in error.message
    assert "api" in error.message
    assert "DW_SIMULATOR_API_" in (error.hint or "")


def test_a_port_is_had_once():
    with listening_socket("api", "127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with (
            pytest.raises(StackError, match=f"port {port} of 127.0.0.1, wanted for s3"),
            listening_socket("s3", "127.0.0.1", port),
        ):
            raise AssertionError
