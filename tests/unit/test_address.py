"""Which addresses a request may go to."""

import socket
import threading

import pytest

from syndicator.address import Address, first_private, is_public, resolve

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "223.255.255.254",
    "192.0.1.1",
    "198.20.0.1",
    "2606:4700:4700::1111",
    "2a00:1450:4001:81b::200e",
    "2400:cb00::1",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
]

PRIVATE = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.127.255.254",
    "127.0.0.1",
    "127.1.2.3",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.8",
    "192.0.0.9",
    "192.0.0.170",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.7",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::169.254.169.254",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b::7f00:1",
    "64:ff9b:1::808:808",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2002:808:808::1",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456:789a::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]

SPELLINGS_OF_LOOPBACK = ["0x7f.1", "2130706433", "127.1", "017700000001", "0", "0x7f000001", "127.0.1", "localhost"]


@pytest.mark.parametrize("ip", PUBLIC)
def test_a_public_address_may_be_reached(ip: str) -> None:
    assert is_public(ip)


@pytest.mark.parametrize("ip", PRIVATE)
def test_an_address_that_is_not_public_may_not(ip: str) -> None:
    assert not is_public(ip)


@pytest.mark.parametrize("host", SPELLINGS_OF_LOOPBACK)
def test_a_host_is_judged_by_what_it_resolves_to_and_not_by_its_spelling(host: str) -> None:
    assert first_private(resolve(host, 80, 5.0)) is not None


def test_one_private_address_among_public_ones_refuses_the_name() -> None:
    mixed = [Address(socket.AF_INET, ("8.8.8.8", 80)), Address(socket.AF_INET6, ("fd00::1", 80, 0, 0))]
    assert first_private(mixed) == mixed[1]


def test_public_addresses_alone_refuse_nothing() -> None:
    assert first_private([Address(socket.AF_INET, ("8.8.8.8", 80))]) is None


def test_a_name_with_an_impossible_label_is_an_error_and_not_a_crash() -> None:
    with pytest.raises(UnicodeError):
        resolve(f"{'é' * 70}.example", 80, 5.0)


def test_a_name_service_that_says_nothing_is_given_up() -> None:
    at_last = threading.Event()

    def ask(host: str, port: int) -> list[Address]:
        at_last.wait(5.0)
        return [Address(socket.AF_INET, ("8.8.8.8", port))]

    with pytest.raises(TimeoutError):
        resolve("slow.example", 80, 0.05, ask)
    at_last.set()
