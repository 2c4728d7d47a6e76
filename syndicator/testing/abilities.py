"""Group 11, abilities: editing, deleting and handing over, where they are offered."""

from dataclasses import replace
from urllib.parse import urlsplit

from syndicator.connector import HandOff, Receipt
from syndicator.testing import checks as needs
from syndicator.testing import copies, samples
from syndicator.testing.bench import Bench
from syndicator.testing.checks import Group, check
from syndicator.testing.failing import expect, shown
from syndicator.testing.identity import answer_of
from syndicator.testing.publishing import published


@check(Group.ABILITIES, needs.service, needs.publishes, needs.edits)
def an_edit_replaces_the_copy(bench: Bench) -> None:
    """`edit` changes the copy in its place; the same words once more are a success too."""
    receipt = bench.tried(samples.rendering(bench)).receipt
    changed = bench.prepared(samples.rendering(bench, title="Nach der Ernte"), bench.key())
    for time in ("the first time", "with the words that are there already"):
        answer = answer_of(lambda: bench.connector().edit(receipt, changed))
        expect(isinstance(answer, Receipt), f"expected `edit` to return a Receipt {time}, got {shown(answer)}")
    count = len(bench.copies())
    expect(count == 1, f"expected one copy after `edit`, readers see {count}")
    said = copies.says(bench.copies()[0], "Nach der Ernte")
    expect(said, "expected the new words in the copy after `edit`, readers see the old ones")


@check(Group.ABILITIES, needs.service, needs.publishes, needs.deletes)
def a_deletion_removes_the_copy(bench: Bench) -> None:
    """`delete` takes away the copy of its Receipt and no other."""
    published(bench, samples.rendering(bench, title="To stay"))
    gone, _ = published(bench, samples.rendering(bench, title="To go"))
    bench.connector().delete(gone.receipt)
    left = bench.copies()
    there = any(copies.says(one, "To go") for one in left)
    expect(not there, "expected the copy to be gone after `delete`, readers still see it")
    expect(any(copies.says(one, "To stay") for one in left), "expected the other copy to be left after `delete`")


@check(Group.ABILITIES, needs.service, needs.publishes, needs.deletes)
def deleting_what_is_gone_is_a_success(bench: Bench) -> None:
    """`delete` of a copy that is gone already raises nothing."""
    receipt = bench.tried(samples.rendering(bench)).receipt
    bench.connector().delete(receipt)
    answer = answer_of(lambda: bench.connector().delete(receipt))
    expect(answer is None, f"expected `delete` of what is gone to be a success, got {shown(answer)}")


@check(Group.ABILITIES, needs.by_hand)
def handing_over_is_pure(bench: Bench) -> None:
    """`hand_off` asks nobody and changes nothing; the same rendering gives the same answer."""
    rendering = samples.rendering(bench, pictures=min(bench.can.max_images, 1))
    before, seen = replace(rendering), _requests(bench)
    first, second = bench.connector().hand_off(rendering), bench.connector().hand_off(rendering)
    expect(first == second, "expected the same answer for the same rendering, hand_off gave two")
    expect(rendering == before, "expected hand_off to leave the Rendering as it was, it changed it")
    expect(_requests(bench) == seen, f"expected no request from hand_off, the service saw {_requests(bench) - seen}")


@check(Group.ABILITIES, needs.by_hand)
def handing_over_says_what_to_do(bench: Bench) -> None:
    """`hand_off` names the page to open and the steps to take."""
    found = bench.connector().hand_off(samples.rendering(bench))
    expect(isinstance(found, HandOff), f"expected a HandOff, got {shown(found)}")
    parts = urlsplit(found.page)
    opens = parts.scheme in ("https", "http") and parts.hostname
    expect(opens, f"expected HandOff.page to be a web address, found {found.page!r}")
    expect(
        found.steps and all(step.strip() for step in found.steps), "expected HandOff.steps to be sentences, found none"
    )


def _requests(bench: Bench) -> int:
    return len(bench.service.requests) if bench.over_http else 0
