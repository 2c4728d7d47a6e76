"""docs/templates.md says what templates do: its examples are rendered, its tables are complete."""

import re
import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from syndicator.connector import Capabilities
from syndicator.post import Kind, Post
from syndicator.render.compose import render
from syndicator.render.cutting import graphemes
from syndicator.render.environment import Fence
from syndicator.render.filters import FILTERS
from syndicator.render.style import Style
from syndicator.render.template import NAMES, compile_template

TEXT = (Path(__file__).parents[2] / "docs" / "templates.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
TEMPLATES = [(kind, source) for kind, source in BLOCKS if kind in ("jinja", "toml")]
POST = Post(
    "g",
    "https://blog.example/apples",
    title="Apples in November",
    text="The last ones hang high.\n\nAda has lent me a ladder, and so there will be juice.",
    html="<p>The last ones hang <b>high</b>.</p><p>Ada has lent me a ladder, and so there will be juice.</p>",
    tags=("garden", "home made"),
    kind=Kind.ARTICLE,
    published=datetime(2026, 11, 5, 9, tzinfo=UTC),
)


def rendered(template: str, most: int = 500) -> str:
    can = Capabilities(max_length=most)
    style = Style(template=template, where="x", hashtag_place="end", rename={"garden": "Garden"})
    return render(POST, style, can, graphemes, now=datetime(2026, 11, 6, tzinfo=UTC)).text


def shown() -> list[tuple[str, str, int]]:
    """Each template with the text that stands below it, and the room that the words between them name."""
    found = re.findall(r"^```(toml|jinja)\n((?:(?!```).)*?)^```\n([^`#]*?)^```text\n(.*?)^```$", TEXT, re.M | re.S)
    return [
        (tomllib.loads(source)["template"] if kind == "toml" else source.rstrip("\n"), text.strip("\n"), room(between))
        for kind, source, between, text in found
    ]


def room(words: str) -> int:
    said = re.search(r"for (\d+) characters", words)
    return int(said[1]) if said else 500


def table(heading: str) -> list[list[str]]:
    part = TEXT.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [row for row in part.splitlines() if row.startswith("| ")]
    return [[cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows[1:]]


def test_there_are_examples() -> None:
    assert len(shown()) == 3


@pytest.mark.parametrize(("template", "text", "most"), shown())
def test_an_example_makes_what_stands_below_it(template: str, text: str, most: int) -> None:
    assert rendered(template, most) == text


@pytest.mark.parametrize(("kind", "source"), TEMPLATES)
def test_every_template_can_be_read(kind: str, source: str) -> None:
    whole: dict[str, Any] = tomllib.loads(source) if kind == "toml" else {"template": source}
    varied = [inner["template"] for name in ("feed", "tag") for inner in whole.get(name, {}).values()]
    sources = [*varied, *([whole["template"]] if "template" in whole else [])]
    assert [compile_template(each, "x").where for each in sources]


@pytest.mark.parametrize(("name", "example", "result"), [(row[0], row[2], row[3]) for row in table("Filters")])
def test_a_filter_does_what_its_row_says(name: str, example: str, result: str) -> None:
    assert name.strip("`") in example
    assert rendered(example.strip("`") + "\n{{ link }}") == f"{result.strip('`')}\n{POST.link}"


def test_every_value_and_filter_is_described() -> None:
    assert {name for row in table("Values") for name in re.findall(r"`(\w+)`", row[0])} == set(NAMES)
    assert {row[0].strip("`") for row in table("Filters")} == set(FILTERS)
    others = TEXT.split("there are `capitalize`", 1)[1].split("Texts are joined", 1)[0]
    assert {"capitalize", *re.findall(r"`(\w+)`", others)} | set(FILTERS) == set(Fence().filters)


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_is_described(kind: Kind) -> None:
    assert f"`{kind.value}`" in TEXT
    assert replace(POST, kind=kind).kind is kind
