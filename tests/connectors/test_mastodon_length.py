"""Counting as the server counts; and where that cannot be known, never less."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syndicator_mastodon.flavour import TRAITS, Flavour
from syndicator_mastodon.length import cut, measure
from syndicator_mastodon.sandbox_text import clusters, mastodon_length

MASTODON = TRAITS[Flavour.MASTODON]
FAMILY = "👨‍👩‍👧‍👦"


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("Grüße", 5),
        ("e\u0301", 1),
        (f"{FAMILY} 🇩🇪 👍🏽", 5),
        ("see https://example.org/path?x=1&y=2.", 4 + 23 + 1),
        ("a https://t.co b", 27),
        ("(https://example.org/a_(b)).", 26),
        ("https://example.org/ü", 23),
        ("https://blog.example.co.uk:8080/a/b/c/d/e/f/g/h/i/j/k#part", 23),
        ("two: https://a.example.com/1 and https://b.example.com/2", 5 + 23 + 5 + 23),
        ("see example.org/path", 20),
        ("http://127.0.0.1:8080/abc", 25),
        ("http://localhost/abc", 20),
        ("@alice@a-very-long-instance-name.example and @bob!", 16),
        ("mail bob@example.org", 20),
        ("https://example.org/@alice@far.example", 23),
    ],
)
def test_mastodon_counts(text: str, length: int) -> None:
    assert measure(text, MASTODON) == length
    assert mastodon_length(text) == length


@pytest.mark.parametrize(
    ("text", "server", "ours"),
    [
        ("New post https://blog.example/2026/11/how-i-moved/", 50, 53),
        ("https://a.museumofmodernart", 27, 27),
        ("https://münchen.de/lange/adresse", 23, 37),
    ],
)
def test_an_address_we_do_not_know_counts_more_rather_than_less(text: str, server: int, ours: int) -> None:
    assert (mastodon_length(text), measure(text, MASTODON)) == (server, ours)


@pytest.mark.parametrize(
    ("flavour", "text", "length"),
    [
        (Flavour.GOTOSOCIAL, f"{FAMILY} https://example.org/a-long-address/", len(FAMILY) + 1 + 35),
        (Flavour.GOTOSOCIAL, "https://t.co", 12),
        (Flavour.GOTOSOCIAL, "@bob@example.org", 16),
        (Flavour.UNKNOWN, "https://t.co", 23),
        (Flavour.UNKNOWN, "https://example.org/a-long-address/", 35),
    ],
)
def test_other_servers_count_in_full(flavour: Flavour, text: str, length: int) -> None:
    assert measure(text, TRAITS[flavour]) == length


STARTS = [
    "https://",
    "http://",
    "https://a.org",
    "https://x.bar",
    "https://ab.c.de",
    "https://a.com.zz",
    "https://1.2.3",
]
SIGNS = [*"./()?=-_@#'!:%~&<\"[]|*;$+,“”1 \n"]
WORDS = ["a", "b.", "org", ".com", ".bar", "ü", "é", "中文", "🎉", "bob", "@bob@example.org", "8080", "/path"]
PIECES = st.sampled_from([*STARTS, *SIGNS, *WORDS])


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=14).map("".join))
def test_a_count_is_never_lower_than_the_servers(text: str) -> None:
    assert measure(text, MASTODON) >= mastodon_length(text)


@given(st.text(alphabet="aé👍🏽🇩🇪\u200d👩ü中", max_size=30), st.integers(1, 20))
def test_cutting_keeps_to_the_limit_and_to_whole_characters(text: str, limit: int) -> None:
    short = cut(text, limit)
    assert len(short) <= limit
    assert short == text or text.startswith(short[:-1])


def test_a_family_is_not_torn_apart() -> None:
    assert cut(f"ab{FAMILY}cd", 8) == "ab…"


def test_the_two_ways_of_counting_agree_on_flags_and_families() -> None:
    assert clusters(f"{FAMILY}🇩🇪🇫🇷👍🏽é") == 5
