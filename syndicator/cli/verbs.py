"""The verbs of `syndicate`, as a table, and the group of commands made from it.

A verb's module is imported when that verb runs and not before: `syndicate run` from cron pays for nothing else. The
one-line helps stand here for the same reason, so `--help` imports no verb. It never does the work of a verb.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from syndicator.cli import options
from syndicator.errors import UsageError


@dataclass(frozen=True, slots=True)
class Verb:
    name: str
    where: str  # "module:function"
    help: str
    section: str

    def function(self) -> Callable[..., Any]:
        """Import the verb. Raises UsageError when this version has no such module."""
        module, _, name = self.where.partition(":")
        try:
            found: Callable[..., Any] = getattr(import_module(module), name)
        except ModuleNotFoundError as error:
            if error.name != module:
                raise
            raise UsageError(f"`{self.name}` is not in this version", hint="syndicate --help") from error
        return found


def _section(title: str, *verbs: tuple[str, str, str]) -> dict[str, Verb]:
    return {name: Verb(name, f"syndicator.cli.{where}", text, title) for name, where, text in verbs}


VERBS: dict[str, Verb] = {
    **_section(
        "Set up",
        ("init", "begin:init", "Find the feed of a blog, write the configuration, record what is there."),
        ("auth", "auth:auth", "Connect an account, prove it, store its token."),
        ("check", "check:check", "Test configuration, permissions, tokens, feeds and ledger."),
        ("demo", "demo:demo", "Show the whole path against pretend services."),
    ),
    **_section(
        "Publish",
        ("run", "go:run", "Make one Pass: fetch, plan, deliver. For cron."),
        ("daemon", "go:daemon", "Make Passes for ever. For systemd."),
        ("preview", "preview:preview", "Show each network's copy of a post without sending it."),
        ("backfill", "plans:backfill", "Send posts of the past, on purpose."),
        ("baseline", "plans:baseline", "Record what the feeds hold as known, without sending it."),
    ),
    **_section(
        "Look",
        ("status", "look:status", "One screen: feeds, networks, what waits for whom."),
        ("list", "look:list_deliveries", "The deliveries that are not finished, one a line."),
        ("explain", "look:explain", "The whole story of one post, network by network."),
        ("connectors", "look:connectors", "What is installed, in which version, and why not."),
        ("simulate", "simulate:simulate", "What would have been sent of a feed's past versions, and when."),
    ),
    **_section(
        "Decide",
        ("retry", "hand:retry", "Try failed and deferred deliveries again now."),
        ("hold", "hand:hold", "Keep deliveries from going out."),
        ("release", "hand:release", "Let held deliveries go out."),
        ("skip", "hand:skip", "Decide against deliveries."),
        ("done", "done:done", "Say that a copy you published by hand is out: done URL COPY."),
        ("resolve", "hand:resolve", "Say whether a copy is there: --posted URL or --not-posted."),
        ("pause", "hand:pause", "Stop sending to a network; its queue waits."),
        ("resume", "hand:resume", "Send to a network again."),
    ),
    **_section(
        "Keep",
        ("reconcile", "reconcile:reconcile", "After lost time: find what is out, say what is left to decide."),
        ("export", "keep:export", "Write the ledger as JSON lines."),
        ("backup", "keep:backup", "Write a consistent copy of the ledger."),
    ),
}


class LazyCommand(TyperCommand):
    """Stands for a verb in lists and helps; becomes the real command when its arguments are read."""

    def __init__(self, verb: Verb) -> None:
        super().__init__(verb.name, help=verb.help, rich_markup_mode=None)
        self.verb = verb

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        return _command(self.verb).make_context(info_name, args, parent, **extra)


class VerbGroup(TyperGroup):
    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for verb in VERBS.values():
            self.add_command(LazyCommand(verb))

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        widest = max(map(len, VERBS))
        for title in dict.fromkeys(verb.section for verb in VERBS.values()):
            with formatter.section(title):
                formatter.write_dl(
                    [(v.name.ljust(widest), v.help) for v in VERBS.values() if v.section == title],
                )


def _command(verb: Verb) -> Any:
    command = _only_command(verb.function(), verb.name)
    command.params.extend(_only_command(options.anywhere).params)
    return command


def _only_command(function: Callable[..., Any], name: str | None = None) -> Any:
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(name)(function)
    return typer.main.get_command(app)
