"""Where sentences end.

Enters: a text. Leaves: places behind full stops, with the quotation marks and brackets that belong to them. The stop of
an abbreviation, an initial or an ordinal ends no sentence; when in doubt, neither does any other.
"""

from collections.abc import Iterator

import regex

_CLOSERS = r"[\"'”’“‘»«›‹)\]}」』】〉》）]*"
_STOP = regex.compile(
    rf"(?P<stop>[.!?…]+){_CLOSERS}(?=\s|$)|[。！？．｡]+[”’」』】）〉》]*|[।॥؟۔።։။។៕]+{_CLOSERS}|(?=\n)(?<=\S)"
)
_NEXT = regex.compile(r"[^\S\n]*[\p{Ps}\p{Pi}\"'„‚»¿¡—–-]*(?P<letter>\p{L})?")
_BEFORE = regex.compile(r"[\p{L}\p{M}\p{N}.\-]{0,24}$")
_INITIALS = regex.compile(r"(?:.*\.)?\p{L}")  # "B", "z.B", "U.S", "e.g"
_ORDINAL = regex.compile(r"\d{1,2}|[IVX]{1,4}")

# Words that are followed by what they belong to. Longer lists exist; a missed sentence end costs nothing.
_LEADING = """
dr prof mr mrs ms mx st ste sr sra srta jr rev hon gen col capt lt maj sgt gov sen rep pres dipl ing mag med phil hl fr
frl hr frau herr mme mlle mm dott sig dhr mevr nr no núm num vol vols fig abb bd kap art abs ziff tab pp pg par para ch
ed eds hrsg hg vgl cf ca circa approx viz vs bspw bzw ggf evtl inkl incl exkl zzgl sog insb entspr od max min mind mio
mrd tsd tel str geb gest jan feb mar mär apr jun jul aug sep sept okt oct nov dez dec al ph т г см рис стр ул им напр
"""
_LEADS = frozenset(_LEADING.split())
_MAY_END = frozenset({"etc", "usw", "usf", "inc", "ltd", "co", "corp", "gmbh", "jh", "jhd", "др", "пр"})


def ends(text: str, start: int, stop: int) -> Iterator[int]:
    """The places in `text` from `start` to `stop` behind which a new sentence may begin."""
    for match in _STOP.finditer(text, max(0, start - 1), min(len(text), stop + 1)):
        if start <= match.end() <= stop and match.end() and _ends(text, match):
            yield match.end()


def _ends(text: str, match: "regex.Match[str]") -> bool:
    if match["stop"] is None:
        return True
    at = match.end()
    if at < len(text) and text[at] == "\n":
        return True
    following = _NEXT.match(text, at)
    letter = following["letter"] if following else None
    if letter and letter.islower():
        return False
    return match["stop"] != "." or not _abbreviates(text, match.start())


def _abbreviates(text: str, at: int) -> bool:
    """Whether the full stop at `at` belongs to the word before it."""
    found = _BEFORE.search(text, max(0, at - 24), at)
    word = found[0].lstrip(".-") if found else ""
    if not word or word.casefold() in _MAY_END:  # what comes next decided
        return False
    return bool(_INITIALS.fullmatch(word) or _ORDINAL.fullmatch(word)) or word.casefold() in _LEADS
