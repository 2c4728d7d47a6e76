"""What the networks' copies of the example posts look like, as a person has reviewed it: `posts/` and `shown/`."""

import unicodedata
from collections.abc import Iterator
from functools import cache

import pytest

from tests.copies import showing
from tests.copies.counters import faults
from tests.copies.samples import POSTS, Sample, read, samples
from tests.copies.studio import FIVE, Studio, studio
from tests.copies.writing import SHOWN

THEMES = sorted(path.stem for path in POSTS.glob("*.txt"))
NETWORKS = [pytest.param(name, marks=pytest.mark.needs(name)) for name in FIVE]
REWRITE = "If this is as it should be: python tests/copies/writing.py {}, then read the diff."


@pytest.fixture(scope="module")
def here() -> Iterator[Studio]:
    with studio() as made:
        yield made


@cache
def reviewed(theme: str) -> dict[tuple[str, str], str]:
    return showing.sections((SHOWN / f"{theme}.txt").read_text(encoding="utf-8"))


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("theme", THEMES)
def test_copies_look_as_they_were_reviewed(here: Studio, theme: str, network: str) -> None:
    posts = list(read(POSTS / f"{theme}.txt"))
    now = {sample.name: section(here, sample, network) for sample in posts}
    then = {sample.name: reviewed(theme).get((sample.name, network), "") for sample in posts}
    assert now == then, REWRITE.format(theme)


@pytest.mark.parametrize("network", NETWORKS)
def test_what_was_reviewed_fits_and_links_where_it_says(here: Studio, network: str) -> None:
    copies = {sample.where: (here.show(sample, network).rendering, sample) for sample in samples()}
    said = {name: faults(network, copy, sample.links()) for name, (copy, sample) in copies.items() if copy}
    assert len(said) > 150
    assert {name: wrong for name, wrong in said.items() if wrong} == {}


def test_nothing_was_reviewed_that_nobody_wrote() -> None:
    assert sorted(path.stem for path in SHOWN.glob("*.txt")) == THEMES
    names = {theme: [sample.name for sample in read(POSTS / f"{theme}.txt")] for theme in THEMES}
    assert {theme: sorted({name for name, _ in reviewed(theme)}) for theme in THEMES} == {
        theme: sorted(said) for theme, said in names.items()
    }


def test_the_posts_are_many_and_of_many_scripts() -> None:
    posts = samples()
    written = "".join(sample.body for sample in posts)
    scripts = {unicodedata.name(letter, "").split(" ")[0] for letter in set(written) if letter.isalpha()}
    wanted = "LATIN CYRILLIC GREEK ARABIC HEBREW DEVANAGARI BENGALI THAI CJK HIRAGANA HANGUL GEORGIAN ARMENIAN ETHIOPIC"
    assert len(posts) >= 150
    assert set(wanted.split()) <= scripts


def section(here: Studio, sample: Sample, network: str) -> str:
    shown = here.show(sample, network)
    return f"{network} {showing.count(shown)}".strip() + f"\n{showing.body(shown).rstrip()}\n"
