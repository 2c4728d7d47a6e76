"""Tags become hashtags that work on the service, or none."""

import pytest

from syndicator.connector import Hashtags
from syndicator.render.hashtags import fold, hashtag, hashtags, unwritable
from syndicator.render.marking import Marker
from syndicator.render.pieces import Piece, Role, join


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


RENAMED = {"self hosting": "SelfHosted", "misc": "", "c++": "C++", "b": "a b"}


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("Self Hosting", ("SelfHosted",)),
        ("#self  hosting", ("SelfHosted",)),
        ("misc", ()),
        ("C++", ("cpp",)),
        ("b", ("AB",)),
        ("other", ("other",)),
    ],
)
def test_the_owner_may_call_a_tag_otherwise(tag: str, words: tuple[str, ...]) -> None:
    assert hashtags([tag], Hashtags.WORD, 5, RENAMED) == words


def test_a_tag_without_a_hashtag_takes_nobodys_place() -> None:
    assert hashtags(["misc", "self hosting", "SelfHosted", "blog"], Hashtags.WORD, 2, RENAMED) == ("SelfHosted", "blog")


def test_tags_that_cannot_be_written_are_named_once() -> None:
    tags = ["2026", "blog", "X!", "2026", "misc", "gone"]
    assert unwritable(tags, Hashtags.WORD, {**RENAMED, "gone": "🎉"}) == ("2026", "X!", "gone")


def test_where_there_are_no_hashtags_none_is_missed() -> None:
    assert unwritable(["2026"], Hashtags.NONE) == ()


def inline(text: str, *words: str, rule: Hashtags = Hashtags.WORD, apart: frozenset[str] = frozenset()) -> str:
    marker = Marker("", rule, frozenset(map(fold, words)), joiner="", inline=True, words=words, apart=apart)
    line = Piece(Role.TAGS, " ".join(f"#{word}" for word in words))
    return join(marker.mark([Piece(Role.BODY, text), Piece(Role.FIXED, "\n\n"), line]))[0]


@pytest.mark.parametrize(
    ("text", "words", "live"),
    [
        ("My feeds, and other feeds", ["Feeds"], "My #feeds, and other feeds"),
        ("Why self hosting is fun", ["SelfHosting"], "Why #SelfHosting is fun"),
        ("Why Self-Hosting is fun", ["SelfHosting"], "Why #SelfHosting is fun"),
        ("Why selfhosting is fun", ["SelfHosting"], "Why #selfhosting is fun"),
        ("An HTML parser", ["HTMLParser"], "An #HTMLParser"),
        ("Schöne (Grüße).", ["Grüße"], "Schöne (#Grüße)."),
        ("a and b", ["A", "b"], "#a and #b"),
        ("Привет, мир", ["Мир"], "Привет, #мир"),
        ("日本語 の文章", ["日本語"], "#日本語 の文章"),
        ("Python’s lists? Python!", ["python"], "Python’s lists? #Python!"),
        ("feeds #feeds", ["feeds"], "feeds #feeds"),
    ],
)
def test_a_word_that_stands_in_the_text_becomes_the_hashtag(text: str, words: list[str], live: str) -> None:
    assert inline(text, *words) == live


@pytest.mark.parametrize(
    "text",
    [
        "newsfeeds feedsy",
        "https://x.example/feeds and feeds.example",
        "the `feeds` command",
        "> my feeds\n\nis a quotation",
        'He says “my feeds” and „my feeds“ and «my feeds» and "my feeds"',
        "feeds-based, feeds/links, feeds@x.example, my_feeds, C:feeds",
        "日本feeds語",
    ],
)
def test_words_that_are_others_or_parts_of_something_stay(text: str) -> None:
    assert inline(text, "feeds") == f"{text}\n\n#feeds"


def test_code_is_left_alone() -> None:
    code = frozenset({"pip install feeds"})
    assert inline("Do:\n\n  pip install feeds\n\nfor your feeds", "feeds", apart=code).endswith("for your #feeds")


def test_a_hyphen_stays_where_the_service_takes_it() -> None:
    assert inline("Why self-hosting", "self-hosting", rule=Hashtags.HYPHEN) == "Why #self-hosting"


def test_titles_and_the_owners_words_stay() -> None:
    marker = Marker("", Hashtags.WORD, inline=True, words=("feeds",))
    pieces = [Piece(Role.TITLE, "feeds "), Piece(Role.FIXED, "feeds "), Piece(Role.WORDS, "feeds")]
    assert join(marker.mark(pieces))[0] == "feeds feeds feeds"


def test_the_first_of_several_texts_has_the_hashtag() -> None:
    marker = Marker("", Hashtags.WORD, inline=True, words=("feeds",))
    pieces = [Piece(Role.BODY, "no. "), Piece(Role.BODY, "feeds. "), Piece(Role.BODY, "feeds.")]
    assert join(marker.mark(pieces))[0] == "no. #feeds. feeds."


def test_spans_around_a_new_hashtag_move() -> None:
    text = "https://x.example/ my self hosting https://y.example/"
    shown, spans = join(Marker("", Hashtags.WORD, inline=True, words=("SelfHosting",)).mark([Piece(Role.BODY, text)]))
    assert [shown[span.start : span.end] for span in spans] == [
        "https://x.example/",
        "#SelfHosting",
        "https://y.example/",
    ]
