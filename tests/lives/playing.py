"""How tests live lives: so many that Hypothesis thinks of, or one that is told.

Enters: a Scene and a number, or a story. Leaves: nothing, or Broken.
"""

from collections.abc import Iterable
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.lives.lives import Lives
from tests.lives.scene import Scene

Story = Iterable[tuple[str, dict[str, Any]]]


def live(scene: Scene, examples: int, steps: int, *, shrinks: bool = True) -> None:
    """`shrinks`: look for the shortest story as well, which takes minutes."""
    phases = set(Phase) - (set() if shrinks else {Phase.shrink, Phase.explain})
    run_state_machine_as_test(
        lambda: Lives(scene),  # type: ignore[arg-type]  # it takes whatever makes one
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            phases=phases,
            deadline=None,
            database=None,
            print_blob=True,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


def tell(scene: Scene, story: Story) -> None:
    """Rules by their names, one after the other, and the end that every life has."""
    life = Lives(scene)
    life.begin(0)
    for name, details in story:
        getattr(life, name)(**details)
        life.nothing_is_broken()
    life.teardown()
