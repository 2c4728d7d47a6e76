"""Pages that want to see a browser run its scripts, in place of the feed. An answer in, the wall's name out. Pure.

There is no way round a wall that would be honest; its owner can let feed readers through. Cloudflare's pages are
documented in many bug reports; for the header that names them, and for the other walls, we rely on what their pages are
generally seen to say, and a wall that is not recognised is reported by its status.
"""

import re
from collections.abc import Mapping

LET_IN = "exempt the feed's path from the bot protection, which no feed reader can pass"
_HEADERS = (
    ("cf-mitigated", "challenge", "Cloudflare"),
    ("x-amzn-waf-action", "challenge", "AWS WAF"),
    ("x-amzn-waf-action", "captcha", "AWS WAF"),
    ("x-vercel-mitigated", "challenge", "Vercel"),
    ("sg-captcha", "challenge", "SiteGround"),
)
_PAGES = (
    (rb"<title>\s*just a moment", "Cloudflare"),
    (rb"<title>\s*attention required! \| cloudflare", "Cloudflare"),
    (rb"/cdn-cgi/challenge-platform/", "Cloudflare"),
    (rb"<title>\s*ddos-guard", "DDoS-Guard"),
    (rb"<title>\s*vercel security checkpoint", "Vercel"),
    (rb"<title>\s*making sure you(?:'|&#39;|\xe2\x80\x99)re not a bot", "Anubis"),
    (rb"_incapsula_resource", "Imperva"),
    (rb"<title>\s*sucuri website firewall", "Sucuri"),
    (rb"<title>\s*(?:one moment, please|bot verification|attention required|are you human)", "a bot protection"),
)


def wall(headers: Mapping[str, str], page: bytes) -> str | None:
    """Whose challenge this answer is. `headers` find their names in any case; `page` is known to be no feed."""
    for header, value, name in _HEADERS:
        if headers.get(header, "").strip().lower() == value:
            return name
    beginning = page[:20_000]
    return next((name for pattern, name in _PAGES if re.search(pattern, beginning, re.IGNORECASE)), None)
