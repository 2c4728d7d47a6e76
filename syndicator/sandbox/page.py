"""One self-contained page that shows every copy a stage has received.

Enters: what the pretend services say they would show. Leaves: HTML with its pictures inside, no scripts, nothing
remote. Everything is escaped by the template engine; remote HTML is shown as text.
"""

import base64
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from syndicator.linkback.file import NAMES


def page(title: str, copies: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """`copies`: network → its copies, as the pretend services tell them: `docs/writing-a-connector.md` says how."""
    from jinja2 import Environment

    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["data_url"] = data_url
    source = files("syndicator.sandbox").joinpath("page.html").read_text(encoding="utf-8")
    return environment.from_string(source).render(title=title, networks=copies, names=NAMES)


def data_url(data: bytes, mime: str = "image/jpeg") -> str:
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"
