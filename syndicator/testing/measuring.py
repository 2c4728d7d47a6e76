"""Group 7, measure: what the connector counts as fitting fits, by the service's own count.

The service's pretend counter is written apart from the connector's; `syndicator.render` fills each copy to the limit.
"""

from syndicator.connector import Rejected
from syndicator.testing import checks as needs
from syndicator.testing import samples
from syndicator.testing.bench import Bench
from syndicator.testing.checks import Group, check
from syndicator.testing.failing import Failed, expect, quoted, shown

_PAIRS = tuple((text[:90], other[:90]) for text in samples.HARD_TEXTS for other in samples.HARD_TEXTS[:4])


@check(Group.MEASURE)
def measuring_is_sound(bench: Bench) -> None:
    """`measure` gives the same number for the same text, none for nothing, and never less for more."""
    measure = bench.connector().measure
    expect(measure("") == 0, f"expected measure('') to be 0, it is {measure('')}")
    for text, other in _PAIRS:
        length, again, longer = measure(text), measure(text), measure(f"{text}\n{other}")
        expect(length == again, f"expected the same length twice, found {length} and {again} for {quoted(text)}")
        more = longer >= max(length, measure(other))
        expect(more, f"expected no fewer with a line more, {length} became {longer} for {quoted(text)}")


@check(Group.MEASURE, needs.service, needs.publishes)
def what_fits_is_taken(bench: Bench) -> None:
    """Whatever `syndicator.render` makes under these capabilities is accepted by the service."""
    for text in samples.HARD_TEXTS:
        with bench.beside() as fresh:  # some services take few copies a day
            is_taken(fresh, text)


def is_taken(bench: Bench, text: str) -> None:
    """Send a copy of a note with this text. Raises Failed when the service will not have it."""
    rendering = samples.rendering(bench, text=text)
    limit, length = bench.can.max_length, bench.connector().measure(rendering.text)
    expect(length <= limit or bench.can.whole_post, f"the text has {length} of {limit}: {quoted(rendering.text)}")
    answer = bench.tried(rendering).answer
    if isinstance(answer, Rejected):
        said = f"`measure` says {length} of {limit} for {quoted(rendering.text)}"
        raise Failed(f"expected the service to take what fits, got {shown(answer)}; {said}") from answer
    if isinstance(answer, Exception):
        raise Failed(f"expected a Receipt for {quoted(rendering.text)}, got {shown(answer)}") from answer
