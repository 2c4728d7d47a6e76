"""Entries that bear another post's names: which post they are, and what they are called from now on."""

from datetime import UTC, datetime, timedelta

from syndicator.feed.identify import Alias, Sighting, identify, nurl
from syndicator.post import Post

WHEN = datetime(2026, 11, 2, 12, tzinfo=UTC)
LAKE = " ".join(f"heron{n} stands in lake{n}" for n in range(40))
BREAD = " ".join(f"flour{n} waits for oven{n}" for n in range(40))
GUID, URL = Alias("guid", "1"), Alias("url", nurl("https://blog.example/one") or "")


def post(guid: str, title: str, text: str, link: str | None = None, *, days: int = 0) -> Post:
    return Post(guid=guid, link=link, title=title, text=text, published=WHEN + timedelta(days=days))


def names_of(one: Post, title: str = "The lake") -> tuple[Alias, ...]:
    """What it is called whose only names are another post's, which has this title."""
    said = {7: post("1", title, LAKE, "https://blog.example/one")}
    (found,) = identify([one], {GUID: 7, URL: 7}, said)
    assert found.post_id is None
    return found.aliases


def test_a_post_that_bears_only_another_s_names_gets_one_of_its_own() -> None:
    (name,) = names_of(post("1", "Bread", BREAD, "https://blog.example/one", days=90))
    assert name not in (GUID, URL)


def test_it_keeps_that_name_through_corrections() -> None:
    first = names_of(post("1", "Bread", BREAD, "https://blog.example/one", days=90))
    assert first == names_of(post("1", "Bread", f"{BREAD} And butter.", "https://blog.example/one", days=91))
    assert first != names_of(post("1", "Rolls", BREAD, "https://blog.example/one", days=90))


def test_one_without_a_title_is_named_by_its_words() -> None:
    bread, rolls = post("1", "", BREAD, days=90), post("1", "", f"{BREAD} and for rolls", days=90)
    assert names_of(bread, title="") != names_of(rolls, title="")


def test_an_address_that_says_nothing_else_decides_against_a_guid_that_does() -> None:
    """Guids that count from the top of the feed lead to another post with every post that is added."""
    said = {7: post("1", "The lake", LAKE)}
    (found,) = identify([post("1", "Bread", BREAD, "https://blog.example/one")], {GUID: 7, URL: 8}, said)
    assert found.post_id == 8


def test_what_is_pushed_from_its_guid_has_a_name_all_the_same() -> None:
    lake, bread = post("2", "The lake", LAKE, "https://blog.example/one"), post("1", "Bread", BREAD)
    known, said = {GUID: 7, Alias("guid", "2"): 8, URL: 7}, {8: post("2", "Snow", BREAD)}
    found: list[Sighting] = identify([bread, lake], known, said)
    assert [one.post_id for one in found] == [None, 7]
    assert [len(one.aliases) for one in found] == [1, 1]


def test_a_guid_that_was_used_again_is_doubtful_unless_its_post_stands_there_as_well() -> None:
    said = {7: post("1", "The lake", LAKE, "https://blog.example/one")}
    bread = post("1", "Bread", BREAD, "https://blog.example/bread", days=90)
    lake = post("9", "The lake", LAKE, "https://blog.example/one")
    (alone,) = identify([bread], {GUID: 7, URL: 7}, said)
    first, second = identify([bread, lake], {GUID: 7, URL: 7}, said)
    assert (alone.post_id, alone.doubt) == (None, "repurposed")
    assert (first.post_id, first.doubt, second.post_id) == (None, None, 7)
