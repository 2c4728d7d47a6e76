"""Write `shown/*.txt` anew: what the networks' copies of `posts/*.txt` look like now. Then read the diff.

python tests/copies/writing.py            all files
python tests/copies/writing.py german     these
"""

import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[2] / "connectors")]

from tests.copies import showing
from tests.copies.samples import samples
from tests.copies.studio import FIVE, Studio, studio

SHOWN = Path(__file__).with_name("shown")


def files(made: Studio, *themes: str) -> Iterator[tuple[Path, str]]:
    """Each file and what should stand in it."""
    for theme, group in groupby(samples(), key=lambda sample: sample.theme):
        if not themes or theme in themes:
            shown = ((sample, {name: made.show(sample, name) for name in made.services}) for sample in group)
            yield SHOWN / f"{theme}.txt", "\n".join(showing.post(sample, copies) for sample, copies in shown)


def main() -> None:
    with studio() as made:
        if missing := set(FIVE) - set(made.services):
            sys.exit(f"not installed: {', '.join(sorted(missing))}")
        for path, text in files(made, *sys.argv[1:]):
            path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
