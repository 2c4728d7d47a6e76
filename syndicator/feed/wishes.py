"""What the author of a post wishes of its copies, as the feed carries it → Wishes; and whether a post refuses to go
somewhere. Pure.

Enters: the text of a `posse:post` element (or of an extension object of JSON Feed) and the entry's tags. Leaves: typed,
bounded, plain values. What cannot be used is left out and named; a wish never makes an entry unreadable, and no text of
it is ever a template of ours.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any
from urllib.parse import urlsplit

from syndicator.feed.links import absolute
from syndicator.feed.relaxed import loads
from syndicator.feed.text import clean, one_line
from syndicator.post import Media, Post, Wish, Wishes

OPT_OUT = "nosyndicate"  # a tag every engine can carry
_ONLY = "syndicate:"
_NEVER = "nosyndicate:"
_SENSITIVE = "sensitive"  # a tag as well
_TAGGED = {"cw": "content_warning", "visibility": "visibility", "lang": "language", "replies": "replies"}
_NAMES = {"bsky": "bluesky"}  # what others call a kind of service
_MOST = 20  # networks that a post speaks of, and media
_TOLD = 10  # faults
_WORDS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
_NAME = re.compile(r"[a-z0-9_-]{1,60}")
_SERVICE_WORD = re.compile(r"[a-z0-9][a-z0-9_ -]{0,39}")
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]{0,2000}>|&(?:[a-zA-Z]{2,8}|#\d{1,7});")
_SAYS_NO = re.compile(r"\bsyndicate[\"']?\s*:\s*[\"']?(?:false|no|off|0)\b", re.IGNORECASE)
# Understood, and of no use here: who a post is by, what it is called and when it was written stands in its entry.
_ELSEWHERE = {"id", "url", "published_at", "updated_at", "author_name", "author_email", "channel"}


def wishes_of(raw: str, tags: Iterable[str], base: str | None) -> tuple[Wishes | None, tuple[str, ...]]:
    """The wishes, None when there are none, and the tags that are tags. What the element says wins over the tags."""
    only, never, rest = _of_tags(tags)
    tagged, faults, rest = _wished_by_tags(rest, base)
    said = read(raw, base)
    if not only and not never and tagged == Wish() and not faults:
        return said, rest
    found = said or Wishes()
    ignored = (*found.ignored, *faults)[:_TOLD]
    everywhere = _laid_over(tagged, found.everywhere)
    return replace(found, everywhere=everywhere, only=only, never=never, ignored=ignored), rest


def read(raw: str, base: str | None) -> Wishes | None:
    """The wishes of a JSON object, relaxed JSON included; addresses start at `base`."""
    if not raw.strip():
        return None
    try:
        found = loads(raw.strip())
    except ValueError as error:
        return _unreadable(raw, f"it cannot be read: {error}")
    if not isinstance(found, dict):
        return _unreadable(raw, "it is no JSON object")
    reader = _Reader(base)
    everywhere = reader.wish(found)
    overrides = tuple(reader.overrides(found.get("platform_overrides")))
    return Wishes(everywhere, overrides, ignored=tuple(reader.faults[:_TOLD]))


def wish_for(post: Post, network: str, kind: str) -> Wish:
    """What the post wishes on one network: what it says of that network, over what it says of that kind of service,
    over what it says of all."""
    if post.wishes is None:
        return Wish()
    by_name = dict(post.wishes.overrides)
    merged = post.wishes.everywhere
    for name in dict.fromkeys((kind, network)):
        merged = _laid_over(merged, by_name.get(name, Wish()))
    return merged


def refuses(post: Post, network: str, kind: str) -> str | None:
    """Why the post does not want to go there, as a delivery's cause; None when it does not mind."""
    if OPT_OUT in (tag.casefold() for tag in post.tags):
        return f"tagged:{OPT_OUT}"
    if post.wishes is None:
        return None
    here = {network.casefold(), kind.casefold()}
    if named := here.intersection(post.wishes.never):
        return f"tagged:{_NEVER}{min(named)}"
    if post.wishes.only and not here.intersection(post.wishes.only):
        return f"tagged:{_ONLY}{post.wishes.only[0]}"
    return "posse:off" if wish_for(post, network, kind).syndicate is False else None


def _of_tags(tags: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Only there, never there, and the rest: tags that say where a post goes are no hashtags."""
    named: dict[str, dict[str, None]] = {_ONLY: {}, _NEVER: {}}
    rest = []
    for tag in tags:
        prefix, colon, after = one_line(tag[:200]).casefold().partition(":")
        name = _name(after.strip())
        if prefix + colon in named and name is not None:
            named[prefix + colon][name] = None
        else:
            rest.append(tag)
    return tuple(named[_ONLY])[:_MOST], tuple(named[_NEVER])[:_MOST], tuple(rest)


def _wished_by_tags(tags: Iterable[str], base: str | None) -> tuple[Wish, tuple[str, ...], tuple[str, ...]]:
    """`cw:Food`, `visibility:unlisted`, `lang:de`, `replies:nobody`, `sensitive`: the wish, what could not be used, and
    the rest. Several warnings become one; of the others the first counts."""
    reader, said, rest = _Reader(base), dict[str, list[str]](), []
    for tag in tags:
        prefix, colon, after = one_line(tag[:600]).partition(":")
        name, text = _TAGGED.get(prefix.strip().casefold()), after.strip()
        if not colon and prefix.casefold() == _SENSITIVE:
            said[_SENSITIVE] = ["true"]
        elif colon and name is not None and text:
            said.setdefault(name, []).append(text)
        else:
            rest.append(tag)
    first = {name: ", ".join(texts) if name == "content_warning" else texts[0] for name, texts in said.items()}
    return reader.wish(first, "a tag's "), tuple(reader.faults), tuple(rest)


def _name(said: object) -> str | None:
    folded = one_line(str(said)[:100]).casefold()
    return _NAMES.get(folded, folded) if _NAME.fullmatch(folded) else None


def _unreadable(raw: str, fault: str) -> Wishes:
    """A post must not go out because of a comma: a `syndicate: false` counts even in a text that cannot be read."""
    says_no = _SAYS_NO.search(raw[:100_000]) is not None
    return Wishes(Wish(syndicate=False if says_no else None), ignored=(f"the post's wishes are not used: {fault}",))


def _laid_over(wish: Wish, nearer: Wish) -> Wish:
    said = {f.name: getattr(nearer, f.name) for f in fields(Wish)}
    return replace(wish, **{name: value for name, value in said.items() if value is not None})


@dataclass(slots=True)
class _Reader:
    """Reads single values, and keeps count of those it could not use."""

    base: str | None
    faults: list[str] = field(default_factory=list)

    def wish(self, said: Mapping[str, Any], where: str = "") -> Wish:
        found = {}
        for key, value in list(said.items())[:200]:
            name = one_line(str(key)[:60])
            if name in _READERS and value is not None:
                found[name] = self._value(name, value, where)
            elif name not in _ELSEWHERE and name != "platform_overrides" and name not in _READERS:
                self._fault(f"“{where}{name}” is no wish that is known here")
        return Wish(**found)

    def overrides(self, said: object) -> Iterable[tuple[str, Wish]]:
        if said is None:
            return
        if not isinstance(said, dict):
            self._fault("“platform_overrides” has to be an object")
            return
        seen: set[str] = set()
        for key, value in list(said.items())[:_MOST]:
            name = _name(key)
            if name is None or name in seen or not isinstance(value, dict):
                self._fault(f"“platform_overrides.{one_line(str(key)[:60])}” cannot be used")
            else:
                seen.add(name)
                yield name, self.wish(value, f"{name}.")

    def _value(self, name: str, value: Any, where: str) -> Any:
        try:
            return _READERS[name](value, self.base)
        except (ValueError, TypeError) as error:
            self._fault(f"“{where}{name}” is left out: {error}")
            return None

    def _fault(self, sentence: str) -> None:
        self.faults.append(sentence)


def _line(most: int) -> Callable[[Any, str | None], str]:
    """One line of plain text."""
    return lambda value, base: _shortened(one_line(_plain(_string(value, most), base)), most)


def _text(most: int) -> Callable[[Any, str | None], str]:
    """Plain text with its paragraphs; mark-up is read, never kept."""
    return lambda value, base: _shortened(clean(_plain(_string(value, most), base)).strip(), most)


def _literal(most: int) -> Callable[[Any, str | None], str]:
    """As it is written, spaces too, on as many lines as it has."""
    return lambda value, _: _shortened(clean(_string(value, most)), most)


def _string(value: Any, most: int) -> str:
    if not isinstance(value, str):
        raise ValueError("it has to be a text")
    return value[: most * 10]


def _shortened(value: str, most: int) -> str:
    if len(value) > most:
        raise ValueError(f"it is longer than {most:,} characters")
    return value


def _plain(value: str, base: str | None) -> str:
    if not _MARKUP.search(value):
        return value
    from syndicator.render.plain import to_text

    return to_text(value, base)


def _flag(value: Any, _: str | None) -> bool:
    found = value if isinstance(value, bool) else _WORDS.get(str(value).strip().lower()[:10])
    if found is None:
        raise ValueError("it has to be true or false")
    return found


def _address(value: Any, base: str | None) -> str:
    found = absolute(_string(value, 4_096), base)
    if found is None or urlsplit(found).username is not None:
        raise ValueError("it is no web address")
    return found


def _word(value: Any, _: str | None) -> str:
    """A word of a service, such as “unlisted”; which ones there are is the service's to say."""
    found = one_line(_string(value, 40)).casefold()
    if not _SERVICE_WORD.fullmatch(found):
        raise ValueError("it has to be a word, such as unlisted")
    return found


def _media(value: Any, base: str | None) -> tuple[Media, ...]:
    if not isinstance(value, list):
        raise ValueError("it has to be a list")
    return tuple(_medium(each, base) for each in value[:_MOST])


def _medium(value: Any, base: str | None) -> Media:
    if not isinstance(value, dict):
        raise ValueError("each of them has to be an object with type and url")
    kind = str(value.get("type", "image")).lower()
    if kind not in ("image", "video"):
        raise ValueError("a type has to be image or video")
    alt, poster = value.get("alt"), value.get("poster_url")
    return Media(
        url=_address(value.get("url"), base),
        kind=kind,
        alt=_line(2_000)(alt, base) if alt is not None else "",
        poster=_address(poster, base) if poster is not None else None,
    )


def _language(value: Any, _: str | None) -> str:
    from syndicator.feed.normalise import language_tag

    found = language_tag(_string(value, 35))
    if found is None:
        raise ValueError("it is no language tag, such as de or pt-BR")
    return found


_READERS: dict[str, Callable[[Any, str | None], Any]] = {
    "syndicate": _flag,
    "title": _line(500),
    "subtitle": _line(500),
    "summary": _text(5_000),
    "content": _text(50_000),
    "format_string": _literal(2_000),
    "truncate": _flag,
    "append_url": _flag,
    "append_url_if_truncated": _flag,
    "append_url_spacer": _literal(20),
    "append_url_label": _line(100),
    "attach_link": _flag,
    "alternate_url": _address,
    "related_url": _address,
    "short_url": _address,
    "og_image": _address,
    "og_title": _line(500),
    "og_description": _text(5_000),
    "media": _media,
    "content_warning": _line(500),
    "language": _language,
    "sensitive": _flag,
    "visibility": _word,
    "replies": _word,
}
