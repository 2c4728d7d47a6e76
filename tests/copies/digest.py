"""Print, for some of the example posts, a number that stands for every byte of each copy, pictures included."""

import hashlib
from dataclasses import asdict, fields
from typing import Any

from syndicator.connector import Rendering
from tests.copies.samples import samples
from tests.copies.studio import studio

THEMES = ("photos", "articles", "mentions")


def main() -> None:
    with studio() as made:
        for sample in samples():
            for network in made.services if sample.theme in THEMES else ():
                shown = made.show(sample, network)
                said = f"{shown.held} {shown.warnings} {written(shown.rendering)!r}"
                print(sample.where, network, hashlib.sha256(said.encode()).hexdigest())  # noqa: T201


def written(rendering: Rendering | None) -> dict[str, Any]:
    """Everything, with the pictures' bytes, which `repr` of an Attachment leaves out."""
    return {} if rendering is None else {f.name: asdict(rendering)[f.name] for f in fields(rendering)}


if __name__ == "__main__":
    main()
