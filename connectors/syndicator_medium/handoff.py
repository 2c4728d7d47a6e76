"""What a person needs who publishes on Medium by hand. Enters: a Rendering. Leaves: a page, steps and HTML. Pure.

Import comes first: it keeps the canonical link, which pasting does not. Whether the page of Import can be filled in by
its address is not known, so nothing here counts on it.
"""

from collections.abc import Iterator

from syndicator.connector import HandOff, Rendering
from syndicator_medium.story import TAGS_BY_HAND, Story, tell

_COVER = "the cover, which lies beside this card,"


def hand_off(rendering: Rendering, web: str, *, findable: bool) -> HandOff:
    """`findable`: whether there is a public feed on which the story will be looked for."""
    story = tell(rendering, tags=TAGS_BY_HAND)
    steps = _by_import if rendering.link else _by_pasting
    page = f"{web}/p/import" if rendering.link else f"{web}/new-story"
    done = _publish(rendering, findable=findable)
    return HandOff(page, (*steps(rendering, story, page), done), story.html, tags=story.tags, takes_text=False)


def _by_import(rendering: Rendering, story: Story, page: str) -> Iterator[str]:
    yield f"Open {page}, paste this address into its field and choose Import: {rendering.link}"
    date = f" ({rendering.published:%Y-%m-%d})" if rendering.published else ""
    yield (
        "Compare the draft that Medium makes with your post. Import is known to lose code blocks, captions and tables, "
        "and to take a page's footer for a part of the story. "
        f"The date of your post{date}, the canonical link and a line about the original are there already."
    )
    yield from _details(rendering, story)
    if rendering.images:
        yield "See that no picture is missing. They all lie beside this card, with their descriptions."
    elif _has_cover(rendering):
        yield f"Put in {_COVER} if the draft has no picture."
    yield (
        "Only if the draft is empty or badly damaged: delete it, open the story that lies beside this card in a "
        "browser, mark and copy all of it, and paste it into a new story. Then put the pictures in by hand, and enter "
        "your post's address in the story's settings, under Advanced settings, “Customize canonical link”: pasting "
        "brings neither along."
    )


def _by_pasting(rendering: Rendering, story: Story, page: str) -> Iterator[str]:
    yield (
        "This post has no page to import. Open the story that lies beside this card in a browser, mark and copy all "
        f"of it, and paste it here: {page}"
    )
    yield from _details(rendering, story)
    if rendering.images:
        yield "Put the pictures in by hand; they all lie beside this card, with their descriptions."
    elif _has_cover(rendering):
        yield f"Put in {_COVER}."


def _details(rendering: Rendering, story: Story) -> Iterator[str]:
    yield f"See that the title is “{story.title}”."
    if rendering.content_warning:
        yield f"Put this before the text: “{rendering.content_warning}”."
    if story.tags:
        yield f"Set these tags: {', '.join(story.tags)}."


def _has_cover(rendering: Rendering) -> bool:
    return rendering.card is not None and rendering.card.image is not None


def _publish(rendering: Rendering, *, findable: bool) -> str:
    if rendering.visibility == "draft":
        return "Leave it as a draft."
    if rendering.visibility == "unlisted":
        return "Publish it, and choose “Unlisted” before; what is not listed is not found, so say that you did it."
    if not findable:
        return "Publish it."
    if not rendering.link:
        return "Publish it. By its title it is found on your public feed, within hours; the last step is faster."
    return (
        "Publish it, with the line about the original left in: by that line it is found on your public feed, within "
        "hours; the last step is faster."
    )
