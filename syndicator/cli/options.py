"""The options that several verbs share, declared once, and what was given before or after the verb."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from syndicator.ledger.states import State


@dataclass(slots=True)
class Given:
    """What holds for the whole command; filled while the words are read, before the verb runs."""

    config: Path | None = None
    debug: bool = False


def given(ctx: typer.Context) -> Given:
    found = ctx.find_object(Given)
    return found if found is not None else Given()


def _remember_config(ctx: typer.Context, value: Path | None) -> None:
    if value is not None:
        given(ctx).config = value


def _remember_debug(ctx: typer.Context, value: bool) -> None:
    given(ctx).debug = given(ctx).debug or value


Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        metavar="PATH",
        help="The configuration file, config.toml.",
        callback=_remember_config,
        expose_value=False,
    ),
]
Debug = Annotated[
    bool,
    typer.Option("--debug", help="Show the traceback of a bug.", callback=_remember_debug, expose_value=False),
]


def anywhere(config: Config = None, debug: Debug = False) -> None:
    """The options that are taken before and after every verb."""


Targets = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[URL|ID]...|ALL", help="A post's URL, numbers of deliveries as `syndicate list` shows them, or ALL."
    ),
]
Network = Annotated[str | None, typer.Option("--network", "-n", metavar="NAME", help="Only this network.")]
Cause = Annotated[str | None, typer.Option("--cause", metavar="CAUSE", help="Only with this cause, as listed.")]
States = Annotated[list[State] | None, typer.Option("--state", "-s", help="Only in this state; may be repeated.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
