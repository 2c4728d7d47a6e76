"""Counting a text the way the server does. Pure.

Mastodon counts grapheme clusters, every URL it recognises as 23, and a mention without its host
(https://docs.joinmastodon.org/user/posting/#text). It recognises a URL by a list of top-level domains. Ours is the part
of that list nobody argues about; any other URL counts in full, plus what it would cost more if the server took the
first two labels of its host for a URL of their own. So a count may come out too high, never too low. Servers of other
flavours count URLs in full, in code points or less.
"""

import functools
from typing import TYPE_CHECKING

from syndicator_mastodon.flavour import Traits

if TYPE_CHECKING:
    import regex

_COUNTRIES = (
    "ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bv bw by bz ca cc "
    "cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gb "
    "gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke "
    "kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu "
    "mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw "
    "sa sb sc sd se sg sh si sj sk sl sm sn so sr st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua "
    "ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw"
)
_GENERIC = (
    "com org net edu gov mil int info biz name pro mobi museum aero coop jobs cat asia tel travel xyz online site blog "
    "dev app page press news media social community club space tech world life live today digital design studio art "
    "cloud codes software systems network wiki zone rocks ninja guru review reviews store shop email link website "
    "berlin wien koeln hamburg bayern ruhr london paris nyc tokyo amsterdam swiss eus gal scot bzh cymru wales quebec"
)


def measure(text: str, traits: Traits) -> int:
    """The length of `text`, never less than what the server will find."""
    if traits.short_mentions and "@" in text:
        text = _mention().sub(r"@\1", text)
    total, position = 0, 0
    for url in _scanner().finditer(text):
        total += _count(text[position : url.start()], traits) + _url(url, traits)
        position = url.end()
    return total + _count(text[position:], traits)


def graphemes(text: str) -> list[str]:
    import regex

    clusters: list[str] = regex.findall(r"\X", text)
    return clusters


def cut(text: str, limit: int) -> str:
    """`text` in at most `limit` code points, cut between graphemes, with an ellipsis for what is missing.

    Servers say "characters" and mean one or the other; code points are never fewer.
    """
    if len(text) <= limit:
        return text
    kept, length = list[str](), 1
    for cluster in graphemes(text):
        length += len(cluster)
        if length > limit:
            break
        kept.append(cluster)
    return "".join(kept).rstrip() + "…"


def _url(url: "regex.Match[str]", traits: Traits) -> int:
    if url["known"] is None:
        return len(url[0]) + _surcharge(url, traits)
    return max(traits.least_url, _count(url[0], traits)) if traits.url_cost is None else traits.url_cost


def _surcharge(url: "regex.Match[str]", traits: Traits) -> int:
    labels = url["host"].split(".")
    if len(labels) < 2 or all(label.isdecimal() for label in labels):
        return 0  # no top-level domain: nothing a server takes for a URL
    domain = _label().match(labels[1])
    shortest = len(url["scheme"]) + _count(labels[0], traits) + 1 + (domain.end() if domain else 0)
    return max(0, traits.least_url - shortest)


def _count(text: str, traits: Traits) -> int:
    return len(graphemes(text)) + len(_joint().findall(text)) if traits.graphemes else len(text)


@functools.cache
def _joint() -> "regex.Pattern[str]":
    """Where an Indic letter is joined on: Ruby's tables begin a cluster there, those of Unicode 15.1 (GB9c) do not."""
    import regex

    return regex.compile(r"[\u094d\u09cd\u0acd\u0b4d\u0c4d\u0d4d][\p{M}\u200c\u200d]*+(?=\p{L})")


@functools.cache
def _scanner() -> "regex.Pattern[str]":
    """URLs, never longer than what twitter-text finds; of an unknown one only the scheme, so that the rest is counted.

    What may come before a URL, and after its domain, is twitter-text's own rule.
    """
    import regex

    domains = "|".join(f"{_COUNTRIES} {_GENERIC}".split())
    letter = r"a-z0-9_\p{Cyrillic}À-ÖØ-öø-ÿ"
    in_path = rf"[{letter}\-./~%+@:&=,;!*'$|\#]"
    return regex.compile(
        rf"""(?<![A-Za-z0-9@＠$\#＃\uFFFE\uFEFF\uFFFF])
        (?P<scheme>(?:https?|dat|dweb|ipfs|ipns|ssb|gopher|gemini)://)
        (?=(?P<host>[^\s/!'\#%&()*+,:;<=>?@\[\]\\^{{|}}~$]*))
        (?P<known>(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:{domains})(?![0-9a-z@+\-])
            (?::\d+)?
            (?:/(?:(?:{in_path}|\({in_path}+\))*(?:[{letter}/\-+\#]|\({in_path}+\)))?)?
            (?:\?[a-z0-9!?*'();:&=+$/%\#\[\]\-_.,~|@]*[a-z0-9_&=\#/\-])?
        )?""",
        regex.IGNORECASE | regex.VERBOSE,
    )


@functools.cache
def _label() -> "regex.Pattern[str]":
    import regex

    return regex.compile(r"[0-9a-z-]+|\w+", regex.IGNORECASE)


@functools.cache
def _mention() -> "regex.Pattern[str]":
    import regex

    return regex.compile(r"(?<![=/\w])@([a-z0-9_]+)@[a-z0-9.\-]+[a-z0-9]", regex.IGNORECASE)
