"""A copy that a person publishes: Tumblr's own share page, filled in, and what to do there. Pure."""

from urllib.parse import urlencode

from syndicator.connector import HandOff, Rendering
from syndicator_tumblr.blocks import shortened
from syndicator_tumblr.draft import tags
from syndicator_tumblr.settings import TumblrSettings

LONGEST_CAPTION = 1000  # letters; an address much longer than that is cut somewhere on the way


def hand_off(rendering: Rendering, settings: TumblrSettings) -> HandOff:
    page = f"{settings.web}/share?{urlencode(_fields(rendering))}"
    own = tuple(tag for tag in tags(rendering.tags).split(",") if tag)
    return HandOff(page, tuple(_steps(rendering, settings)), rendering.html, tags=own)


def _fields(rendering: Rendering) -> dict[str, str]:
    caption = shortened(rendering.text, LONGEST_CAPTION)
    if rendering.link:
        fields = {"posttype": "link", "content": rendering.link, "title": rendering.title, "caption": caption}
    else:
        fields = {"posttype": "text", "title": rendering.title, "content": caption}
    return {name: value for name, value in {**fields, "tags": tags(rendering.tags)}.items() if value}


def _steps(rendering: Rendering, settings: TumblrSettings) -> list[str]:
    steps = [
        "Open the page in a browser in which you are logged in to Tumblr.",
        f"Choose the blog {settings.blog}, if Tumblr offers several.",
        "See whether link, text and tags have arrived; what is missing stands in this folder to be copied.",
    ]
    if rendering.images:
        described = " with their descriptions as alt texts" if any(image.alt for image in rendering.images) else ""
        steps.append(f"Add the pictures of this folder{described}.")
    if rendering.content_warning:
        steps.append(f"Put the warning first: “{rendering.content_warning}”.")
    if rendering.visibility not in ("", "published"):
        steps.append(f"In the menu beside “Post”, choose what it is to be: {rendering.visibility}.")
    return [*steps, "Publish it."]
