"""What the author of the demonstration's blog has written: one post of each kind, short and long, in two scripts."""

from datetime import datetime, timedelta

from syndicator.clock import SystemClock
from syndicator.sandbox.blog import Entry


def known() -> Entry:
    """Older than syndicator."""
    return Entry("hello", "Hello, world", "<p>The first post, older than syndicator.</p>", _ago(days=30))


def new() -> tuple[Entry, ...]:
    """The newest first, as in a feed."""
    return (_photo(), _note(), _long_note(), _link(), _abroad(), _article())


def _photo() -> Entry:
    alt = "A still lake at dawn, mist above the water, a wooden jetty on the left"
    words = "<p>The lake this morning, before anyone was up.</p>"
    return Entry("lake", "", words, _ago(minutes=10), images=(("lake.png", alt),))


def _note() -> Entry:
    words = (
        "<p>Small thing I like: feeds. You read what you chose, in the order it was written, and nobody is in "
        "between. 📰</p>"
    )
    return Entry("note", "", words, _ago(minutes=20), tags=("feeds",))


def _long_note() -> Entry:
    words = (
        "<p>How I write here, since somebody asked. Everything begins as a text file in a folder, and the folder is "
        "the whole of my blog. There is no editor to log in to, and nothing that could be switched off one day.</p>"
        "<p>In the morning I walk along the lake, and whatever is still with me at the second bench is worth a "
        "note. If it is longer than three sentences it usually wants to be two notes. I seldom listen to it.</p>"
        "<p>Then the site is built, which takes about as long as the kettle. A few minutes later the copies are out: "
        "one for each place where people have told me they read. When I find a mistake, I mend it at home first.</p>"
        "<p>What I have learned in all these years: the words last as long as somebody pays for the domain, and it had "
        "better be you. ☕</p>"
    )
    return Entry("how-i-write", "", words, _ago(minutes=25), tags=("writing",))


def _link() -> Entry:
    words = (
        "<p>The page that explains the idea best: publish on your own site, then let the copies go where your readers "
        "are. Short, patient, and written by people who do it.</p>"
    )
    about = "https://indieweb.org/POSSE"
    return Entry("posse", "The idea has a name", words, _ago(minutes=30), tags=("indieweb",), about=about)


def _abroad() -> Entry:
    words = "<p>今朝の湖はとても静かでした。霧の向こうから、鳥の声だけが聞こえてきます。🌫️</p>"
    return Entry("mizuumi", "", words, _ago(minutes=35), tags=("湖",), language="ja")


def _article() -> Entry:
    words = (
        "<p>A post lives longest on the site you pay for yourself. Copies elsewhere are doors that lead back to "
        "it: each one made for its place, each one with a link home.</p><p>This blog sends every post to its "
        "networks exactly once, and remembers where the copies are.</p>"
    )
    title = "Own your words, share them everywhere"
    return Entry("own-your-words", title, words, _ago(minutes=40), tags=("indieweb", "self hosting"))


def _ago(**distance: float) -> datetime:
    return SystemClock().now() - timedelta(**distance)
