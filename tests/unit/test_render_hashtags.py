"""Tags become hashtags that work on the service, or none."""

import pytest

from syndicator.connector import Hashtags
from syndicator.render.hashtags import hashtag, hashtags


@pytest.mark.parametrize(
    ("tag", "word"),
    [
        ("self-hosting", "SelfHosting"),
        ("web dev", "WebDev"),
        ("iPhone photography", "iPhonePhotography"),
        ("Python", "Python"),
        ("python", "python"),
        ("#indieweb", "indieweb"),
        ("Node.js", "Nodejs"),
        ("don't panic", "DontPanic"),
        ("snake_case", "snake_case"),
        ("R&D", "RD"),
        ("Ökologie & Ökonomie", "ÖkologieÖkonomie"),
        ("日本語", "日本語"),
        ("हिन्दी", "हिन्दी"),
        ("C++", "cpp"),
        ("C#", "csharp"),
        (".NET", "dotnet"),
        ("R", "R"),
        ("X!", ""),
        ("2026", ""),
        ("🎉", ""),
        ("---", ""),
        ("", ""),
        ("\u0301abc", "abc"),
        ("a" * 65, ""),
    ],
)
def test_a_tag_becomes_one_word(tag: str, word: str) -> None:
    assert hashtag(tag, Hashtags.WORD) == word


@pytest.mark.parametrize(("tag", "word"), [("self-hosting", "self-hosting"), ("web dev", "WebDev"), ("-x-y-", "x-y")])
def test_hyphens_stay_where_the_service_takes_them(tag: str, word: str) -> None:
    assert hashtag(tag, Hashtags.HYPHEN) == word


def test_a_service_without_hashtags_gets_none() -> None:
    assert hashtags(["a", "b"], Hashtags.NONE, 5) == ()


def test_repeats_go_and_the_first_few_stay() -> None:
    tags = ["Self-Hosting", "self hosting", "2026", "blog", "Blog", "web", "css"]
    assert hashtags(tags, Hashtags.WORD, 3) == ("SelfHosting", "blog", "web")


@pytest.mark.parametrize("most", [0, -1])
def test_an_owner_who_wants_none_gets_none(most: int) -> None:
    assert hashtags(["blog"], Hashtags.WORD, most) == ()
