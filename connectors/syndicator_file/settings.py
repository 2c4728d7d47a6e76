"""What the owner writes in `networks.d/NAME.toml`. Nothing is looked up here: the folder may come later."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict


def _whole(written: Path) -> Path:
    """A connector is not told where config.toml lies, so a relative path would start wherever a command is typed."""
    if "\0" in str(written):
        raise ValueError("a path has no NUL in it")
    try:
        path = written.expanduser()
    except RuntimeError as error:
        raise ValueError("“~” leads nowhere, for there is no such home; write the whole path") from error
    if not path.is_absolute():
        raise ValueError("must be a whole path, such as “/srv/copies”, or begin with “~/”")
    return path


class FileSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, frozen=True)

    folder: Annotated[Path, AfterValidator(_whole)]
    layout: Literal["text", "full"] = "text"
