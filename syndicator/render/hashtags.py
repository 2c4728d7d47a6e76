"""The author's tags → hashtags.

Enters: tags as the feed has them, the rule of the service, what the owner calls some of them. Leaves: words to put
after '#', in the author's order. It invents none, and drops a tag that cannot be written without becoming another word.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from syndicator.connector import Hashtags
from syndicator.render.characters import clean, one_line

LONGEST = 64  # characters; Bluesky's limit, and longer than any hashtag one would read

# What writers use instead, where dropping a sign would leave another word.
_CUSTOMARY = {"c++": "cpp", "c#": "csharp", "f#": "fsharp", ".net": "dotnet", "asp.net": "aspnet"}
_ELIDED = re.compile(r"\w{1,4}['’]\w*[A-ZÀ-ÖØ-Þ]")  # "l’Île", "d'Arc": the article begins the word
_BETWEEN_WORDS = re.compile(r"[\s/&+,;:|·・\u2010-\u2015]+")
_NONE: Mapping[str, str] = MappingProxyType({})
_INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")


def hashtags(tags: Iterable[str], rule: Hashtags, most: int, rename: Mapping[str, str] = _NONE) -> tuple[str, ...]:
    """At most `most` hashtags without '#'; no two that differ only in case or hyphens. `rename`: see `renamed`."""
    words: dict[str, str] = {}
    for word in (hashtag(renamed(tag, rename), rule) for tag in tags):
        if word:
            words.setdefault(fold(word).replace("-", ""), word)
    return tuple(words.values())[: max(0, most)]


def unwritable(tags: Iterable[str], rule: Hashtags, rename: Mapping[str, str] = _NONE) -> tuple[str, ...]:
    """The tags that should be hashtags and cannot be, once each; none where the service has no hashtags at all."""
    if rule is Hashtags.NONE:
        return ()
    wanted = dict.fromkeys(one_line(tag) for tag in tags)
    return tuple(tag for tag in wanted if (word := renamed(tag, rename)) and not hashtag(word, rule))


def renamed(tag: str, rename: Mapping[str, str]) -> str:
    """What the owner calls `tag`, empty for no hashtag. The keys of `rename` are folded tags."""
    plain = one_line(tag).removeprefix("#")
    return rename.get(fold(plain), plain)


def hashtag(tag: str, rule: Hashtags) -> str:
    """`tag` as one word, CamelCase where it was several; empty when it has no letter or cannot be written."""
    if rule is Hashtags.NONE:
        return ""
    text = clean(tag).strip().removeprefix("#")
    word = _CUSTOMARY.get(text.casefold()) or _join(text, rule)
    return word if _is_word(word, text) else ""


def fold(word: str) -> str:
    return unicodedata.normalize("NFC", word).casefold()


def _join(text: str, rule: Hashtags) -> str:
    hyphen = "-" if rule is Hashtags.HYPHEN else ""
    spaced = _BETWEEN_WORDS.sub(" ", text if hyphen else text.replace("-", " "))
    words = [kept for kept in (_keep(word, hyphen) for word in spaced.split()) if kept]
    joined = words[0] if len(words) == 1 else "".join(_capital(word) for word in words)
    return unicodedata.normalize("NFC", joined if not _ELIDED.match(text) else joined[:1].upper() + joined[1:])


def _keep(word: str, extra: str) -> str:
    kept = "".join(c for c in _INVISIBLE.sub("", word) if c == "_" or c in extra or _is_letter_or_digit(c)).strip("-")
    while kept and unicodedata.category(kept[0])[0] == "M":  # a mark would melt into the '#'
        kept = kept[1:]
    return kept.lstrip("-")


def _is_letter_or_digit(character: str) -> bool:
    return unicodedata.category(character) in {"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Nd"}


def _capital(word: str) -> str:
    """ "iPhone" keeps its own way; "self" becomes "Self"."""
    return word if any(c.isupper() for c in word) else word[:1].title() + word[1:]


def _is_word(word: str, source: str) -> bool:
    letters = sum(1 for c in word if unicodedata.category(c)[0] == "L")
    shrunk_to_one = len(word) == 1 and len(source) > 1  # "X!" is not what one would look for under #X
    return bool(letters) and not shrunk_to_one and len(word) <= LONGEST
