"""HTML's elements, sorted by what becomes of them on Medium, and what to tell the owner about those it lacks."""

from syndicator_medium.blocks import Kind

MARKS = {
    **dict.fromkeys(("strong", "b", "mark", "dt", "summary", "th"), "strong"),
    **dict.fromkeys(("em", "i", "cite", "dfn", "var", "caption", "legend"), "em"),
    **dict.fromkeys(("u", "ins"), "u"),
    **dict.fromkeys(("code", "kbd", "samp", "tt"), "code"),
}
BREAKING = frozenset(
    {
        *(
            "address",
            "article",
            "aside",
            "blockquote",
            "body",
            "caption",
            "center",
            "dd",
            "details",
            "dir",
            "div",
            "dl",
        ),
        *("dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header"),
        *("hgroup", "legend", "li", "main", "menu", "nav", "ol", "p", "pre", "section", "summary", "table", "ul"),
    }
)
VOID = frozenset(
    {
        *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track"),
        "wbr",
    }
)
UNSEEN = frozenset({"script", "style", "template", "title", "head", "iframe", "video", "audio", "object", "svg"})
PLAYERS = frozenset({"iframe", "video", "audio", "embed", "object"})
CELLS = frozenset({"td", "th"})
STRUCK = frozenset({"del", "s", "strike"})
HEADINGS = {f"h{level}": Kind(f"h{min(level, 4)}") for level in range(1, 7)}
LISTS = {"ul": Kind.BULLET, "menu": Kind.BULLET, "dir": Kind.BULLET, "ol": Kind.NUMBER}

LOST_TABLE = "Medium has no tables: a table went out as lines of text"
LOST_STRIKE = "Medium cannot strike words through: such words read like all others"
LOST_SCRIPT = "Medium cannot raise or lower letters: such letters read like all others"
LOST_PICTURE = "a picture that has no address of its own cannot go to Medium"
