"""From what the owner types to what the ledger knows: a post's URL, the URL of a copy, or a delivery's number.

Enters: a word of the command line. Leaves: posts or deliveries. Raises UsageError with the next command to type.
"""

from collections.abc import Collection, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from syndicator.errors import UsageError
from syndicator.ledger.rows import Delivery, PostRow

if TYPE_CHECKING:
    from syndicator.ledger.ledger import Ledger

ALL = "ALL"


def posts_named(word: str, ledger: "Ledger") -> list[PostRow]:
    """The posts that `word` names; more than one when feeds repeat each other."""
    if word.isdecimal():
        return [ledger.post(delivery_numbered(word, ledger).post_id)]
    found = ledger.find_posts(word) or _posts_of_copy(word, ledger)
    if not found:
        raise UsageError(f"no post is known as {word}", hint="syndicate list --all")
    return found


def delivery_numbered(word: str, ledger: "Ledger") -> Delivery:
    try:
        return ledger.delivery(int(word))
    except (LookupError, OverflowError) as error:
        raise UsageError(f"there is no delivery {word}", hint="syndicate list --all") from error


def deliveries_named(word: str, ledger: "Ledger") -> list[Delivery]:
    if word.isdecimal():
        return [delivery_numbered(word, ledger)]
    return [d for post in posts_named(word, ledger) for d in ledger.deliveries(post_id=post.id)]


def known_network(name: str, configured: Collection[str], remembered: Collection[str] = ()) -> str:
    """`name` itself, when it is one. Raises UsageError with the nearest match."""
    names: Sequence[str] = sorted({*configured, *remembered})
    if name in names:
        return name
    near = get_close_matches(name, names, 1)
    meant = f"did you mean {near[0]}?" if near else f"there are: {', '.join(names) or 'none yet'}"
    raise UsageError(f"no network is called {name}; {meant}", hint="syndicate status")


def _posts_of_copy(url: str, ledger: "Ledger") -> list[PostRow]:
    permalinks = {link.permalink for link in ledger.links() if link.url == url}
    return [post for permalink in sorted(permalinks) for post in ledger.find_posts(permalink)]
