"""What the owner asked of one network's copies, as plain data.

Enters: the owner's files, converted by the host. Leaves: nothing else of the configuration; templates and rendering
never see a configuration object, so no secret can be reached from them.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Style:
    template: str | None = None  # None: a shape that suits the post's kind
    where: str = ""  # names the template in errors: the file, and the line where it is known
    backlink: str = "auto"  # auto | always | never | cite
    hashtags: int = 5  # how many at most
    language: str | None = None  # BCP 47; None: the post's own
    content_warning: str = ""
    sensitive: bool = False
    images: str = "auto"  # auto | always | never
    network: str = ""  # the name the owner gave it
