import os
import socket
import sys

import pytest
from tests.ports import ports

from dw_simulator.config.settings import load_settings
from dw_simulator.errors import ConfigError, StackError
from dw_simulator.stack.ports import FREE_PORTS, Address, Reservation, choose_addresses

ALL = ("s3", "snowflake", "redshift", "api")


def test_port_base_gives_each_service_its_place(settings):
    chosen = choose_addresses(settings, ALL, port_base=7000)
    assert {name: address.port for name, address in chosen.items()} == {
        "s3": 7000,
        "snowflake": 7001,
        "redshift": 7002,
        "api": 7003,
    }


def test_a_part_of_the_stack_keeps_its_places(settings):
    chosen = choose_addresses(settings, ("api", "s3"), port_base=7000)
    assert [(name, address.port) for name, address in chosen.items()] == [("s3", 7000), ("api", 7003)]


def test_without_port_base_the_settings_decide(settings):
    chosen = choose_addresses(settings, ALL)
    assert [address.port for address in chosen.values()] == [4566, 4567, 5439, 8000]


def test_port_base_0_picks_different_free_ports(settings):
    chosen = [address.port for address in choose_addresses(settings, ALL, port_base=0).values()]
    assert len(set(chosen)) == 4
    assert all(port in FREE_PORTS for port in chosen)


def test_port_0_in_the_settings_picks_a_free_port(tmp_path):
    settings = load_settings({"home": tmp_path, "s3": {"port": 0}}, use_running_stack=False)
    assert choose_addresses(settings, ("s3",))["s3"].port in FREE_PORTS


@pytest.mark.parametrize("base", [-1, 65_533, 80_000])
def test_port_base_out_of_range_is_refused(settings, base):
    with pytest.raises(ConfigError, match=f"--port-base {base} is out of range"):
        choose_addresses(settings, ALL, port_base=base)


def test_two_services_with_one_address_are_refused(tmp_path):
    settings = load_settings({"home": tmp_path, "s3": {"port": 7000}, "api": {"port": 7000}}, use_running_stack=False)
    with pytest.raises(ConfigError, match=r"s3 and api have the same address 127\.0\.0\.1:7000"):
        choose_addresses(settings, ALL)


def test_a_port_that_someone_listens_on_is_refused_by_name():
    with socket.create_server(("127.0.0.1", ports())) as other:
        address = Address("127.0.0.1", other.getsockname()[1])
        with pytest.raises(StackError) as caught, Reservation({"redshift": address}):
            pass
    assert caught.value.message.startswith(
        f"port {address.port} of 127.0.0.1, wanted for redshift, is in use by another program"
    )
    if sys.platform == "linux":
        assert caught.value.message.endswith(f" (process {os.getpid()})")
    assert "--port-base" in (caught.value.hint or "")


def test_a_reserved_port_is_left_to_its_service():
    address = Address("127.0.0.1", ports())
    with Reservation({"s3": address}), socket.create_server((address.host, address.port)):
        socket.create_connection((address.host, address.port)).close()
