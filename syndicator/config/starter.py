"""The files that `syndicate init` writes.

Enters: what was found out about the blog. Leaves: texts by relative path. It writes nothing, and no text holds a
secret: network files point at files below secrets/, and stay switched off until `syndicate auth` has filled those.
"""

import json
from collections.abc import Sequence

_CONFIG = """\
# syndicator: what to watch. Every option, with its default: docs/configuration.md
# Where the copies go stands in networks.d/, one file per account.

[[feed]]
name = {name}
url = {url}
every = "1h"              # how often to look; what the server wishes is honoured
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

_MASTODON = """\
# One account on Mastodon, or on a server that speaks its client API. `syndicate auth {name}` sets it up.
connector = "mastodon"
enabled = false           # `syndicate auth {name}` switches it on
instance = "https://social.example"   # yours
access_token = {{ file = "secrets/{name}" }}
visibility = "public"     # public | unlisted | private | direct
# template = "{{{{ title }}}}\\n\\n{{{{ link }}}}\\n\\n{{{{ hashtags }}}}"

[filter]
# include_tags = ["web"]  # only posts with one of these tags
exclude_tags = ["nosyndicate"]
"""

_BLUESKY = """\
# One account on Bluesky. `syndicate auth {name}` sets it up.
connector = "bluesky"
enabled = false           # `syndicate auth {name}` switches it on
handle = "you.bsky.social"
app_password = {{ file = "secrets/{name}" }}   # made at bsky.app: Settings, Privacy and Security, App Passwords
# template = "{{{{ title }}}}\\n\\n{{{{ hashtags }}}}"

[filter]
# include_tags = ["web"]  # only posts with one of these tags
exclude_tags = ["nosyndicate"]
"""

_OTHER = """\
# One account. What this connector needs stands in its own documentation.
connector = "{name}"
enabled = false

[filter]
exclude_tags = ["nosyndicate"]
"""

_NETWORKS = {"mastodon": _MASTODON, "bluesky": _BLUESKY}


def default_files(blog_url: str, feed_url: str, feed_name: str, networks: Sequence[str]) -> dict[str, str]:
    """Texts by path relative to the configuration directory; `networks` are kinds of connectors."""
    config = _CONFIG.format(
        name=_quoted(feed_name),
        url=_quoted(feed_url),
        blog=_quoted(blog_url),
        networks=json.dumps(list(networks)),
    )
    return {"config.toml": config} | {f"networks.d/{name}.toml": network_file(name) for name in networks}


def network_file(kind: str, name: str | None = None) -> str:
    """The text of one network's file. `name` is needed for a second account on the same kind of service."""
    text = _NETWORKS.get(kind, _OTHER)
    return text.format(name=name or kind)


def _quoted(text: str) -> str:
    """A TOML string: its escapes are those of JSON, but for one control character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
