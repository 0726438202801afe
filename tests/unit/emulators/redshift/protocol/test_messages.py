import pytest

from dw_simulator.emulators.redshift.protocol import messages
from dw_simulator.emulators.redshift.protocol.messages import ProtocolError

EXACT = [
    (messages.ready_for_query("T"), b"Z\x00\x00\x00\x05T"),
    (messages.command_complete("SELECT"), b"C\x00\x00\x00\x0bSELECT\x00"),
    (messages.parameter_status("a", "b"), b"S\x00\x00\x00\x08a\x00b\x00"),
    (messages.authentication_md5(b"salt"), b"R\x00\x00\x00\x0c\x00\x00\x00\x05salt"),
    (messages.data_row([b"x", None]), b"D\x00\x00\x00\x0f\x00\x02\x00\x00\x00\x01x\xff\xff\xff\xff"),
    (messages.error_response({"S": "ERROR", "C": "42601"}), b"E\x00\x00\x00\x13SERROR\x00C42601\x00\x00"),
    (messages.query("x"), b"Q\x00\x00\x00\x06x\x00"),
    (messages.parse(b"s", b"x"), b"P\x00\x00\x00\x0as\x00x\x00\x00\x00"),
    (messages.execute(b""), b"E\x00\x00\x00\x09\x00\x00\x00\x00\x00"),
]


@pytest.mark.parametrize(("built", "exact"), EXACT)
def test_exact_bytes(built, exact):
    assert built == exact


def test_row_description_round_trip():
    fields = [messages.Field("a", 1, 2, 23, 4, -1, 1), messages.Field("é", 0, 0, 1043, -1, 24, 0)]
    assert messages.parse_row_description(messages.row_description(fields)[5:]) == fields


def test_data_row_round_trip():
    values = (b"", None, b"x\x00y")
    assert messages.parse_data_row(messages.data_row(values)[5:]) == values


def test_bind_with_parameters():
    body = b"p\0s\0" + b"\0\1\0\0" + b"\0\2" + b"\0\0\0\2hi" + b"\xff\xff\xff\xff" + b"\0\1\0\1"
    bind = messages.Bind.read(body)
    assert (bind.portal, bind.statement, bind.parameters, bind.result_formats) == (b"p", b"s", (b"hi", None), (1,))
    assert body[bind.formats_at :] == b"\0\1\0\1"


@pytest.mark.parametrize("body", [b"", b"p", b"p\0s\0", b"p\0s\0\0\1"])
def test_broken_bind(body):
    with pytest.raises(ProtocolError):
        messages.Bind.read(body)


@pytest.mark.parametrize("body", [b"", b"user\0", b"user\0x\0", b"user\0\0"])
def test_broken_startup(body):
    with pytest.raises(ProtocolError):
        messages.parse_startup(body)
