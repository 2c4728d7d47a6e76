"""The address of a server in a network's file."""

import pytest

from syndicator.config.origin import is_at_home, origin

checked = origin("https://api.example", plain="plain http would show the token")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("https://api.example", "https://api.example"),
        (" https://api.example/ ", "https://api.example"),
        ("https://api.example:8443", "https://api.example:8443"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
        ("http://nas", "http://nas"),
    ],
)
def test_scheme_host_and_port_are_kept(written: str, read: str) -> None:
    assert checked(written) == read


@pytest.mark.parametrize(
    ("written", "trouble"),
    [
        ("api.example", "not a web address; write it as https://api.example"),
        ("ftp://api.example", "not a web address"),
        ("https://", "not a web address"),
        ("https://api.example/v1", "only scheme, host and port"),
        ("https://api.example?x=1", "only scheme, host and port"),
        ("https://me:secret@api.example", "only scheme, host and port"),
        ("http://api.example", "plain http would show the token"),
    ],
)
def test_what_is_more_or_less_than_an_address_is_refused(written: str, trouble: str) -> None:
    with pytest.raises(ValueError, match=trouble) as caught:
        checked(written)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "host", ["localhost", "nas", "db.internal", "x.test", "nas.lan", "pi.home.arpa", "10.0.0.7", "::1", "192.168.1.2"]
)
def test_at_home_nobody_listens_in(host: str) -> None:
    assert is_at_home(host)


@pytest.mark.parametrize("host", ["api.example", "8.8.8.8", "localhost.example", "2606:4700::1"])
def test_elsewhere_somebody_may(host: str) -> None:
    assert not is_at_home(host)
