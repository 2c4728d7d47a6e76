"""Group 10, threads: instances share nothing, and ending one ends nothing else."""

import threading
from collections.abc import Callable

from syndicator.testing import checks as needs
from syndicator.testing import copies, samples
from syndicator.testing.bench import Bench
from syndicator.testing.checks import Group, check
from syndicator.testing.failing import expect, shown
from syndicator.testing.identity import answer_of

POSTS = 3  # each; enough for the two to meet


@check(Group.THREADS, needs.service, needs.publishes)
def two_instances_share_nothing(bench: Bench) -> None:
    """Two accounts in two threads: each post goes to its own."""
    with bench.beside() as other:
        both = (bench, other)
        work = [_sending(one, name) for one, name in zip(both, ("ours", "theirs"), strict=True)]
        answers = _at_once(work)
        wrong = [answer for answer in answers if isinstance(answer, Exception)]
        expect(not wrong, f"expected both accounts to post at the same time, got {shown(wrong[0] if wrong else None)}")
        for one, name in zip(both, ("ours", "theirs"), strict=True):
            mine = sum(copies.says(copy, f"To {name}") for copy in one.copies())
            expect(mine == POSTS, f"expected {POSTS} copies on the account they were for, found {mine}")
            expect(len(one.copies()) == POSTS, "expected no copy on the other account, found one")


def _sending(bench: Bench, name: str) -> Callable[[], None]:
    """The instances are opened one after the other, the posts are sent at the same time."""
    connector, keys = bench.connector(), [bench.key() for _ in range(POSTS)]
    connector.whoami()
    ready = [samples.rendering(bench, title=f"To {name}") for _ in range(POSTS)]

    def send() -> None:
        for rendering, key in zip(ready, keys, strict=True):
            connector.deliver(bench.prepared(rendering, key, connector), key)

    return send


def _at_once(work: list[Callable[[], None]]) -> list[object]:
    together, answers = threading.Barrier(len(work)), list[object]()

    def run(one: Callable[[], None]) -> None:
        together.wait(timeout=10)
        answers.append(answer_of(one))

    threads = [threading.Thread(target=run, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@check(Group.THREADS, needs.service)
def closing_twice_is_fine(bench: Bench) -> None:
    """`close` may be called again, and leaves other instances alone."""
    one, other = bench.another(), bench.another()
    one.whoami()
    one.close()
    answer = answer_of(one.close)
    expect(answer is None, f"expected close() to be harmless the second time, got {shown(answer)}")
    answer = answer_of(other.whoami)
    other.close()
    expect(not isinstance(answer, Exception), f"expected another instance to go on working, got {shown(answer)}")
