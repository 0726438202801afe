import pytest

from dw_simulator.emulators.redshift.protocol import messages
from dw_simulator.emulators.redshift.protocol.framing import BackendScanner, Frontend, Message, copy_payloads
from dw_simulator.emulators.redshift.protocol.messages import ProtocolError

FIELDS = [messages.Field("a", type_oid=23, type_size=4), messages.Field("b")]
ROWS = [messages.data_row([b"1", b"x"]), messages.data_row([b"22", None]), messages.data_row([b"", b"y" * 300])]
ANSWER = b"".join(
    [messages.row_description(FIELDS), *ROWS, messages.command_complete("SELECT 3"), messages.ready_for_query("I")]
)


def scan(scanner, pieces):
    """Everything a scanner gives, with neighbouring runs of bytes joined."""
    events = [event for piece in pieces for event in scanner.feed(piece)]
    joined = []
    for event in events:
        if isinstance(event, bytes) and joined and isinstance(joined[-1], bytes):
            joined[-1] += event
        else:
            joined.append(event)
    return joined


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 64, 10_000])
def test_rows_are_spliced_wherever_the_stream_is_cut(size):
    pieces = [ANSWER[at : at + size] for at in range(0, len(ANSWER), size)]
    description, rows, complete, ready = scan(BackendScanner(), pieces)
    assert description == Message(ord("T"), messages.row_description(FIELDS))
    assert rows == b"".join(ROWS)
    assert complete.body == b"SELECT 3\0"
    assert ready.body == b"I"


def test_whole_rows_can_be_switched_while_scanning():
    scanner = BackendScanner()
    kinds = []
    for event in scanner.feed(ANSWER):
        assert isinstance(event, Message)
        kinds.append(chr(event.kind))
        scanner.whole_rows = event.kind != ord("C")
    assert kinds == ["T", "D", "D", "D", "C", "Z"]


def test_frontend_messages_in_pieces():
    stream = messages.query("select 1") + messages.SYNC + messages.query("select 2")
    frontend = Frontend()
    found = []
    for byte in stream:
        frontend.feed(bytes([byte]))
        found += frontend.messages()
    assert [chr(message.kind) for message in found] == ["Q", "S", "Q"]
    assert found[2].body == b"select 2\0"


@pytest.mark.parametrize("junk", [b"\x00\x00\x00\x00\x10", b"Q\xff\xff\xff\xff"])
def test_frontend_refuses_junk(junk):
    frontend = Frontend()
    frontend.feed(junk)
    with pytest.raises(ProtocolError):
        frontend.messages()


def test_startup_packet_too_long():
    frontend = Frontend()
    frontend.feed(b"GET / HTTP/1.1\r\n")
    with pytest.raises(ProtocolError, match="startup packet"):
        frontend.next_startup()


def test_startup_parameters():
    frontend = Frontend()
    frontend.feed(messages.startup({"user": "awsuser", "database": "dev"}))
    packet = frontend.next_startup()
    assert packet is not None
    assert int.from_bytes(packet[:4], "big") == messages.PROTOCOL_3_0
    assert messages.parse_startup(packet[4:]) == {"user": "awsuser", "database": "dev"}


def test_copy_payloads_leave_the_unfinished_message():
    stream = messages.copy_data(b"one\n") + messages.copy_data(b"two\n")
    data, rest = copy_payloads(stream[:-2])
    assert data == b"one\n"
    assert copy_payloads(rest + stream[-2:]) == (b"two\n", b"")


@pytest.mark.parametrize("size", [1, 7, 100, 8192, 1 << 20])
def test_runs_of_rows_of_one_length_are_spliced_exactly(size):
    """Values that look like headers must not be taken for some, and what comes between the rows is found."""
    rows = [messages.data_row([b"D\0\0\0\x0f" * (n % 3)]) * 200 for n in range(9)]
    complete = messages.command_complete("SELECT 1")
    stream = complete.join(rows) + messages.data_row([b"x"]) * 63 + complete
    scanner = BackendScanner()
    events = [event for at in range(0, len(stream), size) for event in scanner.feed(stream[at : at + size])]
    assert b"".join(event if isinstance(event, bytes) else event.raw for event in events) == stream
    assert [event.raw for event in events if not isinstance(event, bytes)] == [complete] * 9


@pytest.mark.parametrize(
    "payloads",
    [
        [b"%d,customer-%d\n" % (n, n % 97) for n in range(20_000)],
        [b"x" * (n % 700) + b"\n" for n in range(2_000)],
        [b"long " * 30_000, b"short\n"] * 3,
        [b"d\0\0\0\x05like a header\n"] * 5_000,
    ],
    ids=["short", "several lengths", "long", "binary"],
)
def test_payloads_taken_at_once_are_those_taken_one_by_one(payloads):
    stream = b"".join(map(messages.copy_data, payloads))
    for cut in (0, 1, 3, 4, 5, 6, 40, 65_000):
        data, rest = copy_payloads(stream[: len(stream) - cut])
        again, left = copy_payloads(rest + stream[len(stream) - cut :])
        assert data + again == b"".join(payloads)
        assert left == b""
