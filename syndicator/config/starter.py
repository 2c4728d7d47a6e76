"""The files that `syndicate init` writes.

Enters: what was found out about the blog, and the text that each connector brings for its own file. Leaves: texts by
relative path. It writes nothing, and no text holds a secret: network files point at files below secrets/, and stay
switched off until `syndicate auth` has filled those.
"""

import json
from collections.abc import Mapping

_CONFIG = """\
# syndicator: what to watch. Every option, with its default: docs/configuration.md
# Where the copies go stands in networks.d/, one file per account.

[[feed]]
name = {name}
url = {url}
{page}every = "1h"              # how often to look; what the server wishes is honoured
# networks = {networks}   # only these; default: all

[defaults]
settle = "5m"             # wait this long before sending, so that early corrections get in
backlink = "auto"         # auto | always | never | cite: how a copy links to the original
# timezone = "Europe/Berlin"
# best_before = "48h"     # older news is not sent by surprise; "never": it always is

# [ledger]                # what was sent where; default: a file in the state directory
# url = "sqlite:///var/lib/syndicator/ledger.db"   # write it down when this runs under systemd

# [linkback.file]         # the copies' links, for the blog to show
# path = "/srv/blog/data/syndication.json"

# [http]
# contact = {blog}        # sent along with every request, so that people can reach you
"""

_OTHER = """\
# One account. What this connector needs stands in its own documentation.
connector = "{kind}"
enabled = false

[filter]
exclude_tags = ["nosyndicate"]
"""


_PAGE = 'format = "h-feed"         # a web page whose posts are marked up as h-entry\n'


def default_files(
    blog_url: str, feed_url: str, feed_name: str, networks: Mapping[str, str | None], *, is_page: bool = False
) -> dict[str, str]:
    """Texts by path relative to the configuration directory; `networks`: kind of connector → the text it brings."""
    config = _CONFIG.format(
        name=_quoted(feed_name),
        url=_quoted(feed_url),
        page=_PAGE if is_page else "",
        blog=_quoted(blog_url),
        networks=json.dumps(list(networks)),
    )
    return {"config.toml": config} | {
        f"networks.d/{kind}.toml": network_file(kind, text) for kind, text in networks.items()
    }


def network_file(kind: str, text: str | None, name: str | None = None) -> str:
    """One network's file, from the `text` that the connector brings. A second account on a service needs a `name`."""
    return (text or _OTHER.replace("{kind}", kind)).replace("{name}", name or kind)


def _quoted(text: str) -> str:
    """A TOML string: its escapes are those of JSON, but for one control character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
