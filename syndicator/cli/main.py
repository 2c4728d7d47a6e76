"""`syndicate`: the frame around the verbs.

Enters: the words typed. Leaves: an exit code, and on stderr what went wrong and what to type next. It does no work and
prints no results; it never shows a traceback unless asked with `--debug`.
"""

import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any, NoReturn

import typer

from syndicator import __version__
from syndicator.cli import options
from syndicator.cli.verbs import VerbGroup
from syndicator.errors import UserError
from syndicator.exitcode import ExitCode

INTERRUPTED = 130  # 128 + SIGINT, as shells count
READER_LEFT = 141  # 128 + SIGPIPE
COMPLETION = "_SYNDICATE_COMPLETE"

# typer's own name for it has moved between versions; its public subclass has not.
_WrongWords: type[Exception] = typer.BadParameter.__bases__[0]

app = typer.Typer(
    cls=VerbGroup,
    rich_markup_mode=None,
    epilog="Exit codes: 0 all done, 64 usage, 65 feed, 69 networks down, 70 bug, 74 ledger, 75 try later, "
    "77 credentials, 78 configuration, 80 a person is needed.",
)


def _print_version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"syndicator {__version__}\n")
        raise typer.Exit


@app.callback()
def syndicate(
    config: options.Config = None,
    debug: options.Debug = False,
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True, expose_value=False
        ),
    ] = False,
) -> None:
    """Publish on your own site, syndicate elsewhere: each new post of a feed goes out once to every network."""


def main() -> NoReturn:
    if COMPLETION in os.environ:
        typer.main.get_command(app).main(prog_name="syndicate", complete_var=COMPLETION)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # both are text wrappers here
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command line. Raises nothing but SystemExit."""
    given = options.Given()
    try:
        return _invoke(arguments, given)
    except UserError as error:
        return _advise(error.message, error.problems, error.hint, error.exit_code)
    except _WrongWords as error:
        return _wrong_words(error)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except BrokenPipeError as error:
        return READER_LEFT if _reader_left() else _bug(error, given)
    except Exception as error:
        return _bug(error, given)


def _invoke(arguments: Sequence[str], given: options.Given) -> int:
    command = typer.main.get_command(app)
    try:
        with command.make_context("syndicate", list(arguments) or ["--help"], obj=given) as ctx:
            code = int(command.invoke(ctx) or ExitCode.OK)
    except typer.Exit as end:
        code = end.exit_code
    sys.stdout.flush()
    return code if arguments else ExitCode.USAGE


def _wrong_words(error: Any) -> int:
    path = error.ctx.command_path if error.ctx is not None else "syndicate"
    return _advise(error.format_message().rstrip("."), (), f"{path} --help", ExitCode.USAGE)


def _bug(error: BaseException, given: options.Given) -> int:
    if given.debug:
        import traceback

        from syndicator.cli import show

        show.trouble(*"".join(traceback.format_exception(error)).splitlines())
    message = f"this is a bug, please report it: {type(error).__name__}: {error}"
    return _advise(message, (), None if given.debug else "the same command with --debug", ExitCode.BUG)


def _advise(message: str, problems: Sequence[str], hint: str | None, code: int) -> int:
    from syndicator.cli import show

    show.trouble(f"syndicate: {message}", *problems, *([f"  → try: {hint}"] if hint else []))
    return code


def _reader_left() -> bool:
    """Whether it is our own output that nobody reads any more; other broken pipes are bugs."""
    import select

    try:
        output = sys.stdout.fileno()
    except (OSError, ValueError):
        return False
    poll = select.poll()
    poll.register(output, 0)
    if not any(state & (select.POLLERR | select.POLLHUP) for _, state in poll.poll(0)):
        return False
    os.dup2(os.open(os.devnull, os.O_WRONLY), output)  # what is still buffered would be complained about at exit
    return True
