"""The feeds of other people that tests may read, where they are: never part of the project."""

import os
from pathlib import Path

import pytest

CORPUS = Path(os.environ.get("SYNDICATOR_CORPUS", Path(__file__).parents[3] / "shared" / "corpus"))


def needs(part: str) -> pytest.MarkDecorator:
    reason = f"no feed corpus here; SYNDICATOR_CORPUS names the folder whose {part}/ is read"
    return pytest.mark.skipif(not (CORPUS / part).is_dir(), reason=reason)
