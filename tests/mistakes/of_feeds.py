"""Mistakes about feeds: which posts are new, and whether a document is to be believed."""

from tests.mistakes.seeding import mistake

_PLAN = "syndicator/plan.py"
_READING = "syndicator/reading.py"

MISTAKES = (
    mistake(
        "a post is its guid",
        "a blog that changes its guids publishes its archive again",
        "syndicator/feed/identify.py",
        "    if address and not is_home(address):",
        "    if False:",
        "tests/property/test_identify.py::test_a_known_blog_has_nothing_new_whatever_happens_to_its_feed",
    ),
    mistake(
        "an address as it is written",
        "http, www. and a final slash make new posts",
        "syndicator/feed/addresses.py",
        'place = f"//{host}{port}{_path(parts.path)}"',
        'place = f"//{parts.scheme}{parts.hostname}{port}{_path(parts.path)}"',
        "tests/property/test_identify.py::test_spellings_of_one_address_are_the_same",
    ),
    mistake(
        "everything is new at first sight",
        "the first run publishes the archive",
        _PLAN,
        "        if not self.feed.baseline:\n",
        "        if False:\n",
        "tests/unit/test_plan.py::test_at_first_sight_everything_is_recorded_and_nothing_sent",
        "tests/system/test_pass.py::test_at_first_sight_the_feed_is_recorded_and_nothing_sent",
    ),
    mistake(
        "no number of posts is too large",
        "a mishap of the blog becomes a burst on every network",
        _PLAN,
        "self._is_burst = self._too_many(news, len(sightings))",
        "self._is_burst = False",
        "tests/unit/test_plan.py::test_more_new_posts_than_usual_are_held",
        "tests/system/test_pass.py::test_more_new_posts_than_usual_are_held_until_they_are_released",
    ),
    mistake(
        "half a document is a document",
        "what was cut off looks new in the next one",
        _READING,
        "    if damage is not None and not memory.baseline:\n",
        "    if False:\n",
        "tests/system/test_bad_input.py::test_half_a_feed_is_no_first_sight_lest_the_other_half_look_new",
    ),
    mistake(
        "half a document behind its validators",
        "the rest of it is never seen, because nothing has changed since",
        _READING,
        "        memory = replace(memory, etag=None, last_modified=None)\n",
        "        memory = replace(memory)\n",
        "tests/system/test_bad_input.py::test_of_half_a_feed_whole_posts_are_taken_and_the_rest_is_taken_later",
    ),
    mistake(
        "a feed remembered before its posts",
        "who dies in between never sees them: the server says that nothing has changed",
        _READING,
        "            host.ledger.record(recording)\n",
        "            host.ledger.remember_feed(recording.feed)\n            host.ledger.record(recording)\n",
        "tests/system/test_feed_memory.py::test_who_dies_while_posts_are_recorded_finds_them_the_next_time",
    ),
    mistake(
        "a stranger's document in our own process",
        "a document that eats memory or time ends the program",
        "syndicator/feed/parser.py",
        "            return self.ask(lambda child: child.read(body, content_type, url, moment))",
        '            return __import__("syndicator.feed.parse").feed.parse.parse(body, content_type, url, moment)',
        "tests/system/test_reading_apart.py::test_one_process_reads_all_that_a_pass_has_to_read_and_is_gone_with_it",
    ),
    mistake(
        "old names are forgotten",
        "a blog that moves away and back publishes everything again",
        "syndicator/ledger/posts.py",
        "    insert_missing(connection, alias, rows)\n\n\n# Only",
        "\n\n# Only",
        "tests/ledger/test_recording.py::test_a_known_post_takes_new_words_and_new_names",
    ),
)
