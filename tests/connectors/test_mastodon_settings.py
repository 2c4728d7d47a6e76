"""What a network's file may say."""

import pytest
from pydantic import ValidationError

from syndicator_mastodon.settings import MastodonSettings


def read_settings(**written: str) -> MastodonSettings:
    return MastodonSettings.model_validate({"instance": "social.example", "access_token": "hush-hush", **written})


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("social.example", "https://social.example"),
        (" https://Social.Example/ ", "https://social.example"),
        ("https://social.example:8443", "https://social.example:8443"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
        ("http://localhost", "http://localhost"),
        ("http://mastodon.internal", "http://mastodon.internal"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("http://192.168.1.5", "http://192.168.1.5"),
    ],
)
def test_an_instance_is_normalised(written: str, read: str) -> None:
    assert read_settings(instance=written).instance == read


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("http://social.example", "in the clear"),
        ("http://93.184.216.34", "in the clear"),
        ("https://social.example/@me", "address alone"),
        ("@me@social.example", "without an account name"),
        ("https://me:pw@social.example", "without an account name"),
        ("ftp://social.example", "not ftp"),
        ("", "address"),
        ("https://", "address"),
        ("social.example:port", "port"),
        ("social.example:123456", "ort"),
    ],
)
def test_what_is_no_instance_is_refused_with_the_reason(written: str, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        read_settings(instance=written)


def test_unknown_keys_are_refused() -> None:
    with pytest.raises(ValidationError, match="visiblity"):
        read_settings(visiblity="public")


def test_a_mistake_never_shows_the_token() -> None:
    with pytest.raises(ValidationError) as caught:
        read_settings(visibility="everyone")
    assert "hush-hush" not in str(caught.value)


def test_settings_do_not_print_the_token() -> None:
    assert "hush-hush" not in repr(read_settings())
