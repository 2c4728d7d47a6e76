"""Owner's templates: what they may say, how mistakes are told, and what they cannot do."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from syndicator.errors import ConfigError
from syndicator.render.pieces import Piece, Role
from syndicator.render.template import LONGEST_SOURCE, Values, compile_template

VALUES = Values(
    title="A title",
    link="https://blog.example/p",
    summary="In short.",
    text="At length.",
    tags=("web dev", "css"),
    hashtags=("WebDev", "css"),
    author="Ada",
    date=datetime(2026, 11, 5, 9, tzinfo=UTC),
    feed="blog",
    network="mastodon",
    kind="article",
)


def pour(source: str, values: Values = VALUES) -> list[Piece]:
    return compile_template(source, "networks.d/mastodon.toml").pieces(values)


def text_of(source: str, values: Values = VALUES) -> str:
    return "".join(piece.text for piece in pour(source, values))


def test_a_template_becomes_pieces_that_know_their_place() -> None:
    assert pour("New: {{ title }}\n{{ link }} {{ hashtags }}") == [
        Piece(Role.FIXED, "New: "),
        Piece(Role.TITLE, "A title"),
        Piece(Role.FIXED, "\n"),
        Piece(Role.LINK, "https://blog.example/p"),
        Piece(Role.FIXED, " "),
        Piece(Role.TAGS, "#WebDev #css"),
    ]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ date }} {{ date.strftime('%d.%m.%Y') }}", "2026-11-05 05.11.2026"),
        ("{{ tags }} {{ tags | join('/') }}", "web dev, css web dev/css"),
        ("{% for t in tags %}{{ t }}{% if not loop.last %}; {% endif %}{% endfor %}", "web dev; css"),
        ("{{ author }} {{ feed }} {{ network }} {{ kind }}", "Ada blog mastodon article"),
        ("{% if kind == 'note' %}{{ text }}{% else %}{{ title | upper }}{% endif %}", "A TITLE"),
        ("{% macro quoted(x) %}„{{ x }}“{% endmacro %}{{ quoted(title) }}", "„A title“"),
        ("{% filter upper %}{{ title }}{% endfilter %}", "A TITLE"),
        ("{{ title ~ '!' }}{{ 1 + 1 }}", "A title!2"),
        ("{{ title.upper() }}", "A TITLE"),
        ("a\U0010ff01b\U0010ff0f", "ab"),
    ],
)
def test_the_template_language_does_what_owners_need(source: str, text: str) -> None:
    assert text_of(source) == text


@pytest.mark.parametrize("source", ["{{ title | upper }}", "{{ title[:4] }}", "{{ title | replace('A', '@') }}"])
def test_a_reworked_title_may_still_shrink(source: str) -> None:
    assert pour(source)[0].role is Role.TITLE


def test_feed_text_is_never_template_source() -> None:
    assert text_of("{{ title }}", replace(VALUES, title="{{ 7*7 }}{% raw %}")) == "{{ 7*7 }}{% raw %}"


def test_an_untitled_post_lends_its_text_to_a_template_that_only_knows_titles() -> None:
    assert pour("{{ title }}", replace(VALUES, title="")) == [Piece(Role.BODY, "At length.")]


def test_a_template_that_names_the_text_gets_no_second_copy_of_it() -> None:
    assert text_of("{{ title }}|{{ text }}", replace(VALUES, title="")) == "|At length."


@pytest.mark.parametrize(
    ("source", "line", "said"),
    [
        ("{{ titel }}", 1, "did you mean 'title'?"),
        ("a\n{{ config }}", 2, "knows no 'config'"),
        ("a\n\n{% if title %}", 3, "template"),
        ("{{ title | center(9) }}", 1, "No filter named 'center'"),
        ("\n{{ 1 / 0 }}", 2, "ZeroDivisionError"),
        ("{% include 'other' %}", 1, "no loader"),
    ],
)
def test_a_mistake_names_the_file_and_the_line(source: str, line: int, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        pour(source)
    assert caught.value.message.startswith(f"networks.d/mastodon.toml: template: line {line}: ")
    assert said in caught.value.message
    assert "syndicate preview" in (caught.value.hint or "")


@pytest.mark.parametrize(
    "source",
    [
        "{{ 'a' * 10**9 }}",
        "{{ 'a' * 1000000000 }}",
        "{{ '%0999999999d' % 1 }}",
        "{{ '{:>999999999}'.format(1) }}",
        "{{ title.format(1) }}",
        "{{ title.ljust(999999999) }}",
        "{{ title.__class__.__mro__ }}",
        "{{ text.encode() }}",
        "{{ tags.append('x') }}",
        "{{ range(99999) | list }}",
        "{{ text | replace('', text) }}",
        "{{ text | list | join(text) }}",
        "{{ 1 | round(999999999) }}",
        "{{ date.__reduce__() }}",
        "{{ lipsum() }}",
        "{% for a in text * 99 %}{% endfor %}",
    ],
)
def test_a_template_cannot_bloat_or_reach_out(source: str) -> None:
    with pytest.raises(ConfigError):
        pour(source, replace(VALUES, text="word " * 500))


def test_a_template_that_prints_without_end_is_stopped() -> None:
    loops = "{% for a in text %}" * 4 + "{{ text }}" + "{% endfor %}" * 4
    with pytest.raises(ConfigError, match="more than any network takes"):
        pour(loops, replace(VALUES, text="x" * 60))


def test_an_overlong_template_is_refused() -> None:
    with pytest.raises(ConfigError, match="longer than"):
        pour("x" * (LONGEST_SOURCE + 1))


def test_an_error_quotes_no_control_characters_of_a_post() -> None:
    with pytest.raises(ConfigError) as caught:
        pour("{{ text | sort | length + tags }}", replace(VALUES, text="\x1b[31m"))
    assert "\x1b" not in caught.value.message


def test_marks_torn_apart_by_a_filter_leave_no_trace() -> None:
    torn = text_of("{% filter truncate(5, true, '') %}{{ title }}{% endfilter %}{{ link }}")
    assert torn.endswith("https://blog.example/p")
    assert torn.isascii()
