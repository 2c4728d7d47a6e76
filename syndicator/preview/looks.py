"""The manner in which a service shows a post, as data; the one place where services have looks.

Enters: the kind of a connector, or the look that a connector names for itself (a class attribute `look`). Leaves: a
Look; one that nobody knows is the plain one. What a look looks like stands in `page.css`, under the same name.
"""

from dataclasses import dataclass

Action = tuple[str, str]  # an icon of `page.html`, and its label; empty: none is shown


@dataclass(frozen=True, slots=True)
class Look:
    name: str
    actions: tuple[Action, ...] = ()  # what readers could do there; here they are only drawn
    link_letters: int = 0  # a bare address is shown without its scheme, and cut after so many letters; 0: as it is
    tag_page: str = ""  # where a hashtag leads: {tag}, and {host} of the account
    person_page: str = ""  # where a mention leads: {name}
    warns_with: str = "Show more"  # what opens a content warning


PLAIN = Look("plain")
LOOKS = {
    look.name: look
    for look in (
        Look(
            "mastodon",
            (("reply", ""), ("boost", ""), ("star", ""), ("mark", ""), ("more", "")),
            link_letters=30,
            tag_page="https://{host}/tags/{tag}",
        ),
        Look(
            "bluesky",
            (("bubble", ""), ("boost", ""), ("heart", ""), ("mark", ""), ("more", "")),
            tag_page="https://bsky.app/hashtag/{tag}",
            person_page="https://bsky.app/profile/{name}",
            warns_with="Show",
        ),
        Look("tumblr", (("share", ""), ("bubble", ""), ("boost", ""), ("heart", "")), warns_with="Keep reading"),
        Look(
            "linkedin",
            (("thumb", "Like"), ("bubble", "Comment"), ("boost", "Repost"), ("send", "Send")),
            tag_page="https://www.linkedin.com/feed/hashtag/{tag}",
        ),
        Look("medium", (("clap", ""), ("bubble", ""), ("mark", ""), ("share", ""))),
        PLAIN,
    )
}


def look_of(name: str) -> Look:
    return LOOKS.get(name, PLAIN)
