"""Feeds over time through the real path: histories of real blogs where the corpus is at hand, and stories of our own.

Nothing that was known is announced again, and nothing that is new is lost.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from syndicator.ledger.states import State
from syndicator.post import Kind, Post
from tests.feeds.replaying import (
    CORPUS,
    START,
    Judged,
    Replay,
    Verdict,
    all_labels,
    all_series,
    replay,
    replayed,
    summary,
)

DAY = timedelta(days=1)
needs_corpus = pytest.mark.skipif(not (CORPUS / "timeline").is_dir(), reason=f"no corpus at {CORPUS}")
SENT = ("announced", "scheduled")
QUICK = 250_000  # bytes of documents in a series that `make test` replays as well
WORDS = {
    "lake": "The ice on the lake was thin this year, and nobody walked across it before the end of January but a fox.",
    "bread": "Four loaves a week, one of them rye: that is what this kitchen has come to, and the neighbours know it.",
    "radio": "A valve radio takes a minute to say anything; one learns to wait, then to listen, then to leave it on.",
    "maps": "On the old map the road ends at the mill. The mill is gone, the road goes on, nobody has drawn that yet.",
    "crow": "The crow that comes at noon has a white feather; it brings a walnut and leaves with a better one, daily.",
    "wood": "Oak splits along its own mind. Read it first, set the wedge second, and only then lift the hammer.",
}


def article(subject: str, age: timedelta, **changes: Any) -> Post:
    link = f"https://blog.example/2026/{subject}/"
    post = Post(link, link, title=f"About the {subject}", text=WORDS[subject], published=START - age)
    return replace(post, **changes)


def blog() -> list[Post]:
    """Newest first, a post a week."""
    return [article(subject, (n + 1) * 7 * DAY) for n, subject in enumerate(["lake", "bread", "radio", "maps", "crow"])]


def moved(posts: Sequence[Post], to: Callable[[str], str], **changes: Any) -> list[Post]:
    return [replace(p, guid=to(p.guid or ""), link=to(p.link or ""), **changes) for p in posts]


def outcomes(verdicts: Sequence[Verdict]) -> set[str]:
    return {v.outcome for v in verdicts}


def news(one: Replay) -> Post:
    return article("wood", -(one.clock.now() - START) + timedelta(minutes=10))


# The corpus


def wrong(judged: Sequence[Judged]) -> list[tuple[str, int, str, str, str]]:
    """What was announced and should not have been, and what is new and was neither announced nor kept back."""
    return [
        (j.series, j.seq, j.label, j.verdict.outcome, j.verdict.post.title)
        for j in judged
        if (
            j.verdict.outcome in SENT and j.label in ("known", "rekeyed", "duplicate-in-document", "dev-build-document")
        )
        or (j.label == "new" and j.verdict.outcome not in (*SENT, "held", "skipped"))
    ]


def _names(*, quick: bool) -> list[str]:
    if not (CORPUS / "timeline").is_dir():
        return ["none"]
    sizes = {name: sum(v.file.stat().st_size for v in versions) for name, versions in all_series().items()}
    return sorted(name for name, size in sizes.items() if (size <= QUICK) is quick)


@needs_corpus
@pytest.mark.parametrize("series", _names(quick=True))
def test_a_history_announces_what_is_new_and_nothing_else(series: str) -> None:
    assert wrong(replayed(series, all_series()[series], all_labels()).judged) == []


@needs_corpus
@pytest.mark.slow
@pytest.mark.parametrize("between", [False, True], ids=["", "asked between"])
@pytest.mark.parametrize("series", _names(quick=False))
def test_a_long_history_announces_what_is_new_and_nothing_else(series: str, between: bool) -> None:
    assert wrong(replayed(series, all_series()[series], all_labels(), between=between).judged) == []


@needs_corpus
def test_the_summary_counts_what_was_announced_beside_what_guids_alone_would() -> None:
    name = _names(quick=True)[0]
    assert "by guid alone" in summary([replayed(name, all_series()[name], all_labels())])


# Moves


@pytest.mark.parametrize(
    "to",
    [
        lambda url: url.replace("blog.example", "new.example"),
        lambda url: url.replace("blog.example/2026", "new.example/posts/2026/03"),
        lambda url: url.replace("https://blog.example/", "https://main--blog.preview.example/"),
        lambda url: url.replace("example/", "example//blog/"),
        lambda url: url.replace("/2026/", "/p/about-the-"),
    ],
    ids=["host", "platform", "preview", "base path", "slugs"],
)
def test_a_move_and_the_way_back_announce_nothing(to: Callable[[str], str]) -> None:
    with replay() as one:
        one.read(blog())
        assert outcomes(one.read(moved(blog(), to))) == {"rekeyed"}
        assert outcomes(one.read(blog())) == {"known"}
        assert outcomes(one.read(moved(blog(), to))) == {"known"}


def test_a_move_to_another_platform_with_new_dates_and_excerpts_announces_nothing() -> None:
    with replay() as one:
        one.read(blog())
        carried = moved(
            blog(), lambda url: url.replace("blog.example/2026", "new.example/p"), published=one.clock.now()
        )
        carried = [
            replace(post, text=f"{post.text[:70]}…", published=START + n * DAY / 90) for n, post in enumerate(carried)
        ]
        assert outcomes(one.read(carried)) == {"rekeyed"}


def test_during_a_move_the_new_post_is_found() -> None:
    with replay() as one:
        one.read(blog())
        new = news(one)
        found = one.read(moved([new, *blog()], lambda url: url.replace("blog.example", "new.example")))
        assert [v.outcome for v in found] == ["announced", *["rekeyed"] * 5]


def test_a_corrected_slug_is_the_same_post() -> None:
    with replay() as one:
        one.read(blog())
        new = news(one)
        assert outcomes(one.read([new, *blog()])) == {"announced", "known"}
        corrected = replace(new, guid="x", link="https://blog.example/2026/wodo/", published=one.clock.now())
        assert [v.outcome for v in one.read([corrected, *blog()])] == ["rekeyed", *["known"] * 5]


def test_the_first_post_of_a_blog_may_have_its_slug_corrected() -> None:
    with replay() as one:
        one.read([])
        new = news(one)
        assert outcomes(one.read([new])) == {"announced"}
        assert outcomes(one.read([replace(new, guid="x", link="https://blog.example/w/")])) == {"rekeyed"}


def test_a_wider_window_shows_old_posts_and_announces_none() -> None:
    with replay() as one:
        one.read(blog()[:2])
        assert sum(v.outcome in SENT for v in one.read(blog())) == 0


def test_posts_that_left_the_window_come_back_under_other_names() -> None:
    with replay() as one:
        one.read(blog())
        new = [
            article("wood", timedelta(0), guid=f"n{n}", link=f"https://blog.example/n{n}", title=f"N {n}")
            for n in range(3)
        ]
        one.read([*new, *blog()[:2]])
        one.read([*new, *moved(blog(), lambda url: url.replace("blog.example", "new.example"))])
        last = one.read([*new, *moved(blog(), lambda url: url.replace("blog.example", "third.example"))])
        assert outcomes(last) == {"known", "rekeyed"}


def test_the_samples_of_a_template_give_way_to_posts() -> None:
    samples = [
        Post(
            f"s{n}",
            f"https://blog.example/{word}/",
            title=word,
            text=f"{word} ipsum " * 20,
            published=START - 900 * DAY,
        )
        for n, word in enumerate(["hello", "sample", "second"])
    ]
    with replay() as one:
        one.read(samples)
        assert outcomes(one.read([news(one)])) == {"announced"}


# Leaks


def test_a_build_from_a_desk_is_refused_whole_and_told_apart_from_the_blog() -> None:
    with replay() as one:
        one.read(blog())
        desk = moved([news(one), *blog()], lambda url: url.replace("https://blog.example", "http://localhost:1313"))
        assert outcomes(one.read(desk)) == {"refused"}
        assert outcomes(one.read(blog())) == {"known"}
        assert one.ledger.find_posts("http://localhost:1313/2026/lake/") == []


def test_what_was_published_while_a_document_was_refused_is_news_afterwards() -> None:
    with replay() as one:
        one.read(blog())
        one.clock.advance(timedelta(hours=1))
        new = news(one)
        desk = moved(blog(), lambda url: url.replace("https://blog.example", "http://0.0.0.0:4000"))
        for _ in range(3):
            one.read(desk)
        assert [v.outcome for v in one.read([new, *blog()])] == ["announced", *["known"] * 5]


def test_an_empty_document_is_not_believed_at_once_and_forgets_nothing() -> None:
    with replay() as one:
        one.read(blog())
        for _ in range(4):
            one.read([])
        assert outcomes(one.read(blog())) == {"known"}


def test_half_a_document_brings_its_news_and_proves_no_absence() -> None:
    with replay() as one:
        one.read(blog())
        new = news(one)
        assert [v.outcome for v in one.read([new, *blog()[:1]], partial=True)] == ["announced", "known"]
        assert outcomes(one.read([new, *blog()])) == {"known"}


def test_another_blog_at_the_same_address_is_held() -> None:
    others = [
        Post(
            f"o{n}", f"https://other.example/{n}", title=f"Other {word}", text=word * 30, published=START - n * 20 * DAY
        )
        for n, word in enumerate(["casino ", "bonus ", "slots ", "bets "])
    ]
    with replay() as one:
        one.read(blog())
        assert {(v.outcome, v.cause) for v in one.read(others)} == {("held", "strange")}


# Many notes


def test_a_linkblog_of_many_notes_a_day_with_one_title_loses_none() -> None:
    """The window is full: with each note that comes, one leaves."""
    with replay() as one:
        notes = [
            Post(
                f"n{n}",
                f"https://blog.example/{n}/link/",
                title="Link",
                text=f"See {n}.",
                published=START + n * DAY / 12,
            )
            for n in range(60)
        ]
        one.clock.advance(20 * DAY / 12)
        one.read(notes[20:0:-1])
        for n in range(21, 60):
            one.clock.advance(max(notes[n].published - one.clock.now(), timedelta(0)))  # type: ignore[operator]
            assert [v.outcome for v in one.read(notes[n : n - 20 : -1])] == ["announced", *["known"] * 19]


def test_a_feed_of_one_post_with_one_title_is_soon_known_as_a_series() -> None:
    with replay() as one:
        found = []
        for n in range(14):
            issue = Post(
                f"c{n}",
                f"https://comic.example/{n}",
                title="Today’s comic",
                text=f"Panel {n}.",
                published=one.clock.now(),
            )
            found += [v.outcome for v in one.read([issue])]
            one.clock.advance(DAY - timedelta(hours=1))
        assert "known" not in found
        assert "rekeyed" not in found
        assert found.count("announced") >= 11
        assert found[-8:] == ["announced"] * 8


def test_notes_without_titles_are_known_on_another_host() -> None:
    words = [*WORDS.values(), "Rain.", "Sun.", "Rain."]
    notes = [
        Post(
            f"https://blog.example/{n}",
            f"https://blog.example/{n}",
            text=text,
            published=START - n * DAY,
            kind=Kind.NOTE,
        )
        for n, text in enumerate(words)
    ]
    with replay() as one:
        one.read(notes)
        away = [replace(note, guid=f"x{n}", link=f"https://new.example/notes/x{n}") for n, note in enumerate(notes)]
        assert outcomes(one.read(away)) == {"rekeyed"}


def test_a_page_that_is_used_again_for_each_issue_brings_each_issue() -> None:
    with replay() as one:
        long = [
            replace(post, text=f"{post.text} " * 4, guid=None, link="https://blog.example/letter")
            for post in blog()[::-1]
        ]
        one.read([*blog()[1:], long[0]][-1:])
        one.clock.advance(4 * DAY)
        issue = replace(long[1], published=one.clock.now())
        assert outcomes(one.read([issue])) == {"announced"}
        assert outcomes(one.read([issue])) == {"known"}


def test_a_guid_that_is_used_again_is_held_and_then_known() -> None:
    with replay() as one:
        one.read(blog())
        again = replace(news(one), guid=blog()[0].guid, text=WORDS["wood"] * 3)
        assert next((v.outcome, v.cause) for v in one.read([again, *blog()[1:]])) == ("held", "repurposed")
        assert outcomes(one.read([again, *blog()[1:]])) == {"known"}
        assert outcomes(one.read([again, *blog()])) == {"known"}


def test_guids_that_count_from_the_top_of_the_feed_hide_no_news() -> None:
    with replay() as one:
        numbered = [replace(post, guid=str(n)) for n, post in enumerate(blog())]
        one.read(numbered)
        new = news(one)
        renumbered = [replace(post, guid=str(n)) for n, post in enumerate([new, *blog()])]
        assert [v.outcome for v in one.read(renumbered)] == ["announced", *["known"] * 5]
        assert outcomes(one.read(renumbered)) == {"known"}


def test_one_post_under_two_names_is_announced_once() -> None:
    with replay() as one:
        one.read(blog())
        new = news(one)
        twin = replace(new, guid="x", link="https://blog.example/notes/wood-too/")
        assert [(v.outcome, v.cause) for v in one.read([new, twin, *blog()])][:2] == [
            ("announced", "new"),
            ("held", "look-alike"),
        ]


# Dates ahead


def test_a_post_dated_ahead_that_is_taken_back_is_left_out_until_it_returns() -> None:
    with replay() as one:
        one.read(blog())
        ahead = article("wood", -3 * DAY)
        assert next(v.outcome for v in one.read([ahead, *blog()])) == "scheduled"
        one.read(blog())
        (row,) = one.ledger.deliveries(cause="withdrawn")
        assert row.state == "skipped"
        one.read([ahead, *blog()])
        again = one.ledger.delivery(row.id)
        assert (again.state, again.cause, again.due_at) == ("ready", "scheduled", ahead.published)


def test_what_is_due_is_not_taken_back_by_a_document_that_lacks_it() -> None:
    with replay() as one:
        one.read(blog())
        one.read([news(one), *blog()])
        one.read(blog())
        assert one.ledger.deliveries(cause="withdrawn") == []


# Several feeds, and other addresses


def test_a_post_in_two_feeds_of_a_site_is_announced_once() -> None:
    feeds = {"blog": "https://blog.example/feed.xml", "lakes": "https://blog.example/tag/lakes/feed.xml"}
    with replay(feeds=feeds) as main:
        lakes = Replay(main.ledger, main.clock, feeds["lakes"], "lakes", feeds=feeds)
        main.read(blog())
        assert outcomes(lakes.read(blog()[:2])) == {"known"}
        new = news(main)
        assert outcomes(main.read([new, *blog()])) == {"announced", "known"}
        assert outcomes(lakes.read([new, *blog()[:2]])) == {"known"}
        assert len(main.ledger.deliveries(states=(State.READY,))) == 1
        away = moved([new, *blog()[:2]], lambda url: url.replace("blog.example", "new.example"))
        assert outcomes(lakes.read(away)) == {"rekeyed"}


def test_feeds_of_a_site_share_guids_that_are_meant_for_the_world() -> None:
    feeds = {"blog": "https://blog.example/feed.xml", "atom": "https://blog.example/atom.xml"}
    with replay(feeds=feeds) as main:
        atom = Replay(main.ledger, main.clock, feeds["atom"], "atom", feeds=feeds)
        tagged = [replace(post, guid=f"tag:blog.example,2026:{n}") for n, post in enumerate(blog())]
        main.read(tagged)
        atom.read([])
        assert outcomes(
            atom.read([replace(post, link=f"https://go.example/{n}") for n, post in enumerate(tagged)])
        ) == {"known"}


def test_under_another_address_known_posts_under_unknown_names_are_no_news() -> None:
    with replay() as one:
        one.read(blog())
        one.url = "https://blog.example/atom.xml"
        strangers = [
            replace(
                post,
                guid=f"a{n}",
                link=f"https://go.example/{n}",
                title=f"No {n}",
                text=f"Cut {n}.",
                published=START - 9 * n * DAY - DAY * 2,
            )
            for n, post in enumerate(blog())
        ]
        found = one.read([news(one), *strangers])
        assert [v.outcome for v in found] == ["announced", *["baseline"] * 5]


def test_another_address_that_fails_at_first_is_another_address_still() -> None:
    with replay() as one:
        one.read(blog())
        one.url = "https://blog.example/atom.xml"
        assert outcomes(
            one.read(moved(blog(), lambda url: url.replace("https://blog.example", "http://localhost")))
        ) == {"refused"}
        old = article("wood", 2 * DAY, guid="w", link="https://go.example/w")
        assert next(v.outcome for v in one.read([old, *blog()])) == "baseline"


def test_a_page_that_is_rewritten_into_another_post_is_held_once_and_then_known() -> None:
    with replay() as one:
        one.read(blog())
        again = replace(news(one), guid=blog()[0].guid, link=blog()[0].link, text=WORDS["wood"] * 3)
        rest = [replace(post, text=post.text * 3) for post in blog()]
        one.read(rest)
        assert next((v.outcome, v.cause) for v in one.read([again, *rest[1:]])) == ("held", "repurposed")
        for _ in range(2):
            assert outcomes(one.read([again, *rest[1:]])) == {"known"}


def test_a_date_that_was_mistyped_and_mended_is_no_news() -> None:
    with replay() as one:
        short = [replace(post, text="Few words.") for post in blog()[:2]]
        one.read(short)
        typo = replace(short[0], guid="a", link="https://blog.example/a/lake", published=START - 9000 * DAY)
        one.read([typo, short[1]])
        mended = replace(short[0], guid="b", link="https://blog.example/b/the-lake")
        assert [v.outcome for v in one.read([mended, short[1]])] == ["rekeyed", "known"]


def test_what_half_a_document_lacks_has_not_moved() -> None:
    with replay() as one:
        one.read(blog())
        bare = moved(blog()[:4], lambda url: url.replace("blog.example/2026", "new.example/x"), text="", published=None)
        bare = [replace(post, link=f"{post.link}y", guid=None) for post in bare]
        assert {(v.outcome, v.cause) for v in one.read(bare, partial=True)} == {("held", "strange")}
        assert outcomes(one.read([*bare, blog()[4]])) == {"known"}


def test_the_owner_s_word_on_bursts_is_kept() -> None:
    for burst, outcome in ((None, "announced"), (2, "held")):
        with replay(burst=burst) as one:
            one.read(blog())
            three = [
                replace(news(one), guid=f"n{n}", link=f"https://blog.example/n{n}", title=f"{n}", text="")
                for n in range(3)
            ]
            assert [v.outcome for v in one.read([*three, *blog()])][:3] == [outcome] * 3


def test_a_post_goes_where_only_its_second_feed_goes() -> None:
    feeds = {"blog": "https://blog.example/feed.xml", "lakes": "https://blog.example/tag/lakes/feed.xml"}
    with replay(feeds=feeds) as main:
        lakes = Replay(main.ledger, main.clock, feeds["lakes"], "lakes", feeds=feeds, network="elsewhere")
        main.read(blog())
        lakes.read(blog()[:2])
        new = news(main)
        main.read([new, *blog()])
        for _ in range(2):
            lakes.read([new, *blog()[:2]])
        assert {d.network for d in main.ledger.deliveries(states=(State.READY,))} == {"pretend", "elsewhere"}


def test_an_address_from_long_ago_is_remembered() -> None:
    note = Post("n", "https://blog.example/riding", text="Wheels and wind.", kind=Kind.NOTE)
    with replay() as one:
        one.read([note, *blog()])
        one.read([replace(note, link="https://blog.example/wheels"), *blog()])
        back = replace(note, guid="m", link="https://new.example/riding")
        assert [v.outcome for v in one.read([back, *blog()])] == ["rekeyed", *["known"] * 5]
