"""What the pretend Medium shows without a login: the feed, stories, profiles, and the wall in front of it all."""

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape

from syndicator.sandbox.service import Reply
from syndicator_medium.sandbox_state import Account, Story
from syndicator_medium.sandbox_story import feed_html

ENTRIES = 10
_HTML = {"Content-Type": "text/html; charset=utf-8"}
_CHALLENGE = (
    '<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title></head><body>'
    '<script src="/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1"></script></body></html>'
)


def challenge(status: int, *, with_header: bool) -> Reply:
    headers = {**_HTML, "Server": "cloudflare"} | ({"cf-mitigated": "challenge"} if with_header else {})
    return Reply(status, _CHALLENGE.encode(), headers)


def page(words: str, status: int = 200) -> Reply:
    return Reply(status, f"<!doctype html><body>{words}".encode(), _HTML)


def story_page(story: Story, url: str) -> Reply:
    canonical = story.canonical or story.page(url)
    head = f'<link rel="canonical" href="{escape(canonical)}"><h1>{escape(story.title)}</h1>'
    return page(head + feed_html(story.grafs))


def profile(account: Account, stories: Sequence[Story], url: str) -> Reply:
    links = "".join(f'<li><a href="{escape(one.page(url))}">{escape(one.title)}</a>' for one in stories)
    return page(f"<h1>{escape(account.name)}</h1><ul>{links}</ul>")


def rss(account: Account, stories: Sequence[Story], url: str) -> Reply:
    """The newest ten entries, responses among them. `stories`: the newest first."""
    items = "".join(_item(story, url) for story in stories[:ENTRIES])
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><rss xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:atom="http://www.w3.org/2005/Atom" '
        'version="2.0"><channel>'
        f"<title>{_cdata(f'Stories by {account.name} on Medium')}</title>"
        f"<link>{url}/@{account.username}?source=rss-{account.username}------2</link>"
        f"<generator>Medium</generator>{items}</channel></rss>"
    )
    return Reply(200, text.encode(), {"Content-Type": "text/xml; charset=UTF-8"})


def _item(story: Story, url: str) -> str:
    date = format_datetime(datetime.fromtimestamp(story.published, UTC), usegmt=True)
    content = feed_html(story.grafs) + _beyond(story, url)
    categories = "".join(f"<category>{_cdata(tag)}</category>" for tag in story.tags)
    return (
        f"<item><title>{_cdata(story.title)}</title>"
        f"<link>{story.page(url)}?source=rss-{story.account.username}------2</link>"
        f'<guid isPermaLink="false">https://medium.com/p/{story.id}</guid>{categories}'
        f"<dc:creator>{_cdata(story.account.name)}</dc:creator><pubDate>{date}</pubDate>"
        f"<content:encoded>{_cdata(content)}</content:encoded></item>"
    )


def _beyond(story: Story, url: str) -> str:
    """What Medium puts below: its counter, and where a publication's story comes from."""
    counter = f"https://medium.com/_/stat?event=post.clientViewed&referrerSource=full_rss&postId={story.id}"
    below = f'<img src="{escape(counter)}" width="1" height="1" alt="">'
    if story.publication is None:
        return below
    home = f'<a href="{url}/p-{story.publication.id}">{escape(story.publication.name)}</a>'
    this = f'<a href="{escape(story.page(url))}">{escape(story.title)}</a>'
    return f"{below}<hr><p>{this} was originally published in {home} on Medium.</p>"


def _cdata(text: str) -> str:
    return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>"
