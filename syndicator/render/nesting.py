"""Refusing markup that is built to be slow.

Enters: HTML. Leaves: the same HTML, or its words with every tag removed when parsing it would cost too much. A parser
that repairs markup as browsers do looks through all open elements at each tag, and reopens every unclosed formatting
element in each paragraph: both grow with depth × tags (300 kB of nested `div` take 6 seconds, unclosed `b` fill the
memory). No post written by a person comes near the limit.
"""

import re

MOST = 2_000_000  # depth × tags

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)([^<>]*)")
_MARKUP = re.compile(r"<[^<>]*>?")
_VOID_OR_IMPLIED = (
    "area base br col embed hr img input link meta param source track wbr p li dt dd tr td th thead tbody tfoot"
)
_CLOSE_THEMSELVES = frozenset(_VOID_OR_IMPLIED.split())
_DRAWING_NAMES = (
    "svg g path circle rect line ellipse polygon polyline use defs symbol stop lineargradient radialgradient clippath "
    "mask pattern marker text tspan image filter animate animatetransform title"
)
_DRAWING = frozenset(_DRAWING_NAMES.split())  # only these may close themselves by "/>", and only within an svg


def bounded(html: str) -> str:
    return html if _cost(html) <= MOST else _MARKUP.sub(" ", html)


def _cost(html: str) -> int:
    deepest, tags = depth_and_tags(html)
    return tags * deepest


def depth_and_tags(html: str) -> tuple[int, int]:
    """How deep elements lie within elements, and how many tags there are."""
    tags = depth = deepest = 0
    drawing = False
    for tag in _TAG.finditer(html):
        name = tag[2].lower()
        tags += 1
        drawing = name in _DRAWING and (drawing or name == "svg")
        if name not in _CLOSE_THEMSELVES and not (drawing and tag[3].endswith("/")):
            depth = max(0, depth - 1) if tag[1] else depth + 1
            deepest = max(deepest, depth)
    return deepest, tags
