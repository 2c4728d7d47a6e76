"""Plays drawn schedules, as many as anybody likes, on all cores: `make schedules`.

Enters: how many, and from which seed. Leaves: a line after each piece of work for every Weather, and at the end what
came of all. A run that was broken off goes on from the seed that its last lines name.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context

from tests.proof.playing import Tally
from tests.proof.weather import Weather, play_weather

AT_ONCE = 20_000  # seeds of one piece of work; it makes each of the Worlds once
BEFORE_NEW_WORKERS = 8  # pieces of work for each of them


def pieces(begin: int, count: int) -> Iterator[range]:
    end = begin + count
    return (range(at, min(at + AT_ONCE, end)) for at in range(begin, end, AT_ONCE))


def said(tally: Tally) -> str:
    """In one line. Nothing that was seen nowhere is rarer than 3/N, with a confidence of 95 %."""
    deliveries, lost = tally.owed.total(), sum("lost:" in one for one in tally.broken)
    doubled = sum("doubled:" in one for one in tally.broken)
    asked = ", ".join(f"{network} {tally.asked_of[network]} of {tally.owed[network]}" for network in sorted(tally.owed))
    bound = f"95 % bounds {3 / max(tally.played, 1):.1e} a schedule, {3 / max(deliveries, 1):.1e} a delivery"
    return (
        f"{tally.played} schedules in {tally.runs} runs, {deliveries} deliveries, {doubled} doubled, {lost} lost, "
        f"{len(tally.broken) - doubled - lost} other rules broken; asked: {asked}; {bound}"
    )


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def played(work: Iterator[range], workers: int) -> Iterator[dict[Weather, Tally]]:
    """In the order of the seeds. It ends when a worker is killed, rather than wait for it. New workers now and then,
    which give back what they have taken; Python's own way to have them (`max_tasks_per_child`) hangs in 3.11."""
    while some := list(islice(work, workers * BEFORE_NEW_WORKERS)):
        with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
            yield from pool.map(play_weather, some)


def main() -> int:
    parser = argparse.ArgumentParser(description="Play drawn schedules.")
    parser.add_argument("count", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--from", dest="begin", type=int, default=0, metavar="SEED")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    wanted = parser.parse_args()
    tallies, begun, at = {weather: Tally() for weather in Weather}, time.monotonic(), wanted.begin
    for found in played(pieces(wanted.begin, wanted.count), wanted.workers):
        at += sum(piece.played for piece in found.values())
        tell(f"next seed {at}, after {time.monotonic() - begun:.0f} s")
        for weather, piece in found.items():
            tallies[weather].add(piece)
            tell(f"  {weather}: {said(tallies[weather])}")
            for sentence in islice(piece.broken, 10):
                tell(f"    {sentence}")
    return 1 if any(tally.broken for tally in tallies.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
