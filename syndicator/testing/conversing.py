"""Threads, in the group of abilities (11): a part answers the one before it, and is told from its twins in a doubt."""

import json
from dataclasses import replace

from syndicator.connector import Receipt, Rejected, Rendering, ReplyTo, Retryable
from syndicator.testing import checks as needs
from syndicator.testing import copies, samples
from syndicator.testing.bench import Bench, Tried, clock
from syndicator.testing.checks import Group, check
from syndicator.testing.failing import expect, shown
from syndicator.testing.identity import answer_of

WORDS = "Und dann noch dies, mit denselben Worten."


@check(Group.ABILITIES, needs.service, needs.publishes, needs.threads)
def a_part_answers_the_one_before(bench: Bench) -> None:
    """With `reply_to` a copy answers its parent, and only that; one without it answers nothing."""
    first = _begun(bench)
    second = bench.tried(_part(bench, first, first, "Und dann."))
    third = bench.tried(_part(bench, first, second, "Und Schluss."))
    begins, follows, ends = (_copy_of(bench, tried) for tried in (first, second, third))
    expect(not begins.get("reply_to"), f"expected a copy that answers nothing, it answers {begins.get('reply_to')}")
    for copy, parent in ((follows, begins), (ends, follows)):
        seen = copy.get("reply_to")
        expect(seen, f"expected an answer to {_name(parent)}, the copy answers nothing")
        expect(seen == _name(parent), f"expected an answer to {_name(parent)}, the copy answers {seen}")


@check(Group.ABILITIES, needs.service, needs.publishes, needs.threads, needs.finds)
def parts_with_the_same_words_are_told_apart(bench: Bench) -> None:
    """`find` for a part finds neither the one before it nor another part with its words."""
    first = _begun(bench)
    second = bench.tried(_part(bench, first, first, WORDS))
    since, key = first.since, bench.key()
    unsent = bench.prepared(_part(bench, first, second, WORDS), key)
    found = answer_of(lambda: bench.connector().find(unsent, key, since))
    fits = found is None or isinstance(found, Retryable)
    expect(fits, f"expected no Receipt for a part that was never sent, got {shown(found)}")
    again = answer_of(lambda: bench.connector().find(second.rendering, second.key, since))
    right = isinstance(again, Receipt) and again.remote_id == second.receipt.remote_id
    expect(right, f"expected `find` to find the part by its place and its words, got {shown(again)}")


@check(Group.ABILITIES, needs.service, needs.publishes, needs.threads, needs.deletes)
def an_answer_to_what_is_gone_is_no_doubt(bench: Bench) -> None:
    """When the parent was deleted a part is Rejected and not published, or published with a Receipt; never unknown."""
    first = _begun(bench)
    part = _part(bench, first, first, "Und dann.")
    bench.connector().delete(first.receipt)
    tried = bench.tried(part)
    fits = isinstance(tried.answer, Receipt if tried.copies else Rejected)
    expect(fits, f"expected Rejected for an answer to what is gone, or a Receipt and a copy, got {shown(tried.answer)}")


def _begun(bench: Bench) -> Tried:
    tried = bench.tried(samples.rendering(bench))
    expect(tried.receipt.remote_id, "expected a Receipt that names the copy, remote_id is empty")
    return tried


def _part(bench: Bench, root: Tried, parent: Tried, text: str) -> Rendering:
    """As the host makes it: words alone, and receipts that have been stored. It is composed after its parent."""
    pictures = 1 if bench.can.image_required else 0
    made = samples.rendering(bench, pictures=pictures, text=text)
    place = ReplyTo(_stored(root.receipt), _stored(parent.receipt))
    plain = replace(made, text=text, spans=(), card=None, link_in_text=False, reply_to=place, composed=clock.now())
    return replace(plain, html=samples.html_of(text) if bench.can.whole_post else "")


def _stored(receipt: Receipt) -> Receipt:
    return replace(receipt, extra=json.loads(json.dumps(dict(receipt.extra))))


def _copy_of(bench: Bench, tried: Tried) -> copies.Copy:
    """The copy that a Receipt names: by its address, or by its id where copies have none."""
    named = {tried.receipt.url or "", tried.receipt.remote_id} - {""}
    found = [copy for copy in bench.copies() if {copy.get("url"), copy.get("id")} & named]
    expect(found, f"expected a copy with the address or the id of {shown(tried.receipt)}, found none")
    return found[0]


def _name(copy: copies.Copy) -> str:
    return str(copy.get("url") or copy.get("id"))
