"""Pictures of a copy: which are kept, and what is said of the others."""

import json
from dataclasses import replace
from pathlib import Path

from syndicator.connector import Card
from tests.connectors.file_ground import KEY, NAME, WORDS, connector, picture, prepared, with_pictures


def test_pictures_that_are_too_many_too_heavy_or_none_are_left_out_and_told(tmp_path: Path) -> None:
    heavy = picture(b"\x89PNG" + bytes(10_000_000))
    words = with_pictures([picture(mime="text/html"), heavy, *(picture(alt=str(n)) for n in range(21))])
    receipt = connector(tmp_path).deliver(prepared(words), KEY)
    assert receipt.warnings == (
        "picture 1 was left out: it is of no type that is kept here",
        "picture 2 was left out: it has more than 10000000 bytes",
        "picture 23 was left out: one too many",
    )
    names = {path.name for path in (tmp_path / NAME).glob("picture-*")}
    assert names == {f"picture-{n}.png" for n in range(3, 23)}


def test_a_card_without_a_usable_picture_goes_without_and_says_so(tmp_path: Path) -> None:
    card = Card("https://ada.example/lake/", "The lake", "", picture(mime="application/pdf"))
    receipt = connector(tmp_path).deliver(prepared(replace(WORDS, card=card)), KEY)
    assert receipt.warnings == ("the card’s picture was left out: it is of no type that is kept here",)
    assert json.loads((tmp_path / NAME / "post.json").read_text(encoding="utf-8"))["card"]["image"] is None
