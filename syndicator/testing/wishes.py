"""Group 3 as well: what one copy may ask for arrives too, where its service has it.

Who sees it, who may answer it, whom it mentions. Only what is declared is asked for.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from syndicator.connector import Rendering, Span, SpanKind
from syndicator.testing import checks as needs
from syndicator.testing import copies, samples
from syndicator.testing.bench import Bench
from syndicator.testing.checks import Group, check
from syndicator.testing.failing import expect, shown

STRANGER = "@\u2060niemand"  # as the host writes a name that is to stay a word


@check(Group.PUBLISHING, needs.service, needs.publishes, needs.visibilities)
def the_visibility_arrives(bench: Bench) -> None:
    """Each declared visibility is what the copy has; the first may go without saying."""
    widest = bench.can.visibilities[0]
    for asked in bench.can.visibilities:
        with bench.beside() as fresh:
            tried = fresh.tried(replace(samples.rendering(fresh), visibility=asked))
            expect(tried.receipt.proof, f"expected a Receipt with a proof, got {shown(tried.receipt)}")
            expect(tried.copies or asked != widest, f"expected readers to see a copy that is {asked}, there is none")
            seen = str(fresh.copies()[-1].get("visibility") or widest) if tried.copies else asked
            expect(seen == asked, f"expected a copy that is {asked}, as `visibility` asks, it is {seen}")


@check(Group.PUBLISHING, needs.service, needs.publishes, needs.replies)
def the_control_of_answers_arrives(bench: Bench) -> None:
    """Each declared value of `replies` is what the copy says; the first may go without saying."""
    for asked in bench.can.replies:
        with bench.beside() as fresh:
            tried = fresh.tried(replace(samples.rendering(fresh), replies=asked))
            expect(tried.receipt.remote_id, f"expected a copy that {asked} may answer, its Receipt names none")
            seen = str(fresh.copies()[-1].get("replies") or bench.can.replies[0])
            expect(seen == asked, f"expected a copy that {asked} may answer, as `replies` asks, it is {seen}")


@check(Group.PUBLISHING, needs.service, needs.publishes, needs.people)
def mentions_arrive(bench: Bench) -> None:
    """Who is marked as mentioned is mentioned, and nobody else."""
    name, target = bench.service.mentionable
    sent, key = _calling(bench, name, target), bench.key()
    tried = bench.tried(sent, key=key)
    if getattr(tried.answer, "prepare_again", False):  # as the host does it
        tried = bench.tried(sent, key=key)
    expect(tried.receipt.proof, f"expected a Receipt with a proof, got {shown(tried.receipt)}")
    copy = bench.copies()[-1]
    alive = [str(piece["text"]) for piece in _pieces(copy) if piece.get("href") and "/" not in piece["text"]]
    called = [text for text in alive if _names(text, name)]
    expect(called, f"expected a mention of {name}, the copy has it as mere words: {copies.words(copy)!r}")
    others = [text for text in alive if "niemand" in text]
    expect(not others, f"expected nobody else to be mentioned, the copy calls {others}")
    words = copies.words(copy)
    rest = all(part in words for part in ("Dank an", "niemand"))
    expect(rest, f"expected the words around a mention to stay, readers see {words!r}")


def _calling(bench: Bench, name: str, target: str) -> Rendering:
    text = f"Dank an {name} und {STRANGER}."
    span = Span(len("Dank an "), len("Dank an ") + len(name), SpanKind.MENTION, target)
    made = samples.rendering(bench, pictures=1 if bench.can.image_required else 0, text="Dank")
    return replace(made, text=text, spans=(span,), html="", card=None, link_in_text=False)


def _pieces(copy: copies.Copy) -> list[Mapping[str, Any]]:
    blocks = copy.get("blocks") or ()
    return [*(copy.get("pieces") or ()), *(piece for block in blocks for piece in block.get("pieces") or ())]


def _names(seen: str, name: str) -> bool:
    """Services leave out the '@', or the host behind the name."""
    bare = seen.removeprefix("@")
    return bool(bare) and name.removeprefix("@").startswith(bare)
