"""What may stand in a Tumblr network's file, and what is said about what may not."""

import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from syndicator_tumblr.links import same_page, unwrap
from syndicator_tumblr.settings import TumblrSettings

KEYS = {"consumer_key": "ck-1234", "consumer_secret": "cs-1234", "token": "to-1234", "token_secret": "ts-1234"}


def settings(**chosen: Any) -> TumblrSettings:
    return TumblrSettings(**{"blog": "ada", **KEYS, **chosen})


def complaint(**chosen: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        settings(**chosen)
    return str(refused.value)


@pytest.mark.parametrize(
    "written",
    ["ada", "@ada", " Ada.Tumblr.com ", "https://ada.tumblr.com/", "https://www.tumblr.com/ada", "tumblr.com/blog/ada"],
)
def test_a_blog_is_recognised_by_whatever_it_is_called(written: str) -> None:
    assert (settings(blog=written).blog, settings(blog=written).name) == ("ada.tumblr.com", "ada")


def test_a_domain_of_its_own_is_a_blog_too() -> None:
    assert (settings(blog="blog.ada.example").blog, settings(blog="blog.ada.example").name) == (
        "blog.ada.example",
        None,
    )


@pytest.mark.parametrize(
    "written", ["", "t:0aY0xL2Fi1OFJg4YxpmegQ", "ada lovelace", "tumblr.com", "ada.tumblr.com/post/1"]
)
def test_what_is_no_blog_is_refused(written: str) -> None:
    assert "write" in complaint(blog=written) or "neither a blog" in complaint(blog=written)


@pytest.mark.parametrize("name", KEYS)
def test_posting_needs_all_four_strings_and_says_which(name: str) -> None:
    said = complaint(**{name: None})
    assert f"{name}: needed to post" in said
    assert "syndicate auth" in said


def test_by_hand_no_string_is_needed_and_all_may_be_there() -> None:
    assert TumblrSettings(blog="ada", mode="handoff").consumer_key is None
    assert settings(mode="handoff").mode == "handoff"


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"publish_in": "2h"}, 'add state = "queue"'),
        ({"publish_in": "2", "state": "queue"}, '"2h"'),
        ({"publish_in": "5s", "state": "queue"}, "between a minute and a year"),
        ({"stage": True, "state": "draft"}, "nothing to stage"),
        ({"mode": "handoff", "state": "queue"}, "leave it out"),
        ({"mode": "handoff", "stage": True}, "leave it out"),
        ({"api": "http://api.tumblr.com"}, "https"),
        ({"api": "https://api.tumblr.com/v2"}, "only scheme, host and port"),
        ({"web": "tumblr"}, "not a web address"),
        ({"blogg": "x"}, "Extra inputs"),
    ],
)
def test_what_would_have_no_effect_is_refused(chosen: dict[str, Any], said: str) -> None:
    assert said in complaint(**chosen)


def test_a_complaint_shows_no_secret() -> None:
    assert "to-1234" not in complaint(state="public")


def test_a_time_is_written_as_people_do() -> None:
    assert settings(state="queue", publish_in="1d 2h").publish_in == timedelta(hours=26)


def test_only_servers_that_the_owner_names_may_be_at_home() -> None:
    assert settings().named_by_owner() == ()
    assert settings(api="http://127.0.0.1:1", web="http://[::1]:2").named_by_owner() == (
        "http://127.0.0.1:1",
        "http://[::1]:2",
    )


def test_settings_load_no_library() -> None:
    heavy = "{'pytumblr', 'requests_oauthlib', 'oauthlib', 'regex'}"
    work = f"import sys, syndicator_tumblr.connector; print({heavy} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", work], capture_output=True, text=True).stdout.strip() == "set()"


# Addresses


@pytest.mark.parametrize(
    ("shown", "meant"),
    [
        (
            "https://t.umblr.com/redirect?z=https%3A%2F%2Fblog.example%2Fa%3Fb%3D1&t=YT&m=1",
            "https://blog.example/a?b=1",
        ),
        ("https://href.li/?https://blog.example/a?b=1&c=2", "https://blog.example/a?b=1&c=2"),
        ("https://href.li/?https%3A%2F%2Fblog.example%2Fa", "https://blog.example/a"),
        ("https://t.umblr.com/redirect?z=https%3A%2F%2Fhref.li%2F%3Fhttps%3A%2F%2Fb.example%2F", "https://b.example/"),
        (
            "https://t.umblr.com/other?z=https%3A%2F%2Fb.example%2F",
            "https://t.umblr.com/other?z=https%3A%2F%2Fb.example%2F",
        ),
        ("https://blog.example/?z=https://x.example", "https://blog.example/?z=https://x.example"),
        ("http://[", "http://["),
    ],
)
def test_wrapped_addresses_are_unwrapped(shown: str, meant: str) -> None:
    assert unwrap(shown) == meant


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://Blog.Example/a/", "http://blog.example:80/a", True),
        ("https://blog.example/gr%c3%bc%C3%9fe", "https://blog.example/grüße", True),
        ("https://bücher.example/", "https://xn--bcher-kva.example", True),
        ("https://blog.example/a?b=1", "https://blog.example/a", False),
        ("https://blog.example/a", "https://blog.example:8443/a", False),
        ("https://blog.example/a", "https://blog.example/A", False),
        ("", "", False),
    ],
)
def test_pages_are_compared_not_spellings(one: str, other: str, same: bool) -> None:
    assert same_page(one, other) is same
