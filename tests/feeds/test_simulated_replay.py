"""Histories of real feeds through `simulate`: with ledger, clock, deliveries and pages, as a daemon would see them."""

from collections import defaultdict
from pathlib import Path

import pytest

from syndicator.cli.timeline import Version, replay
from tests.feeds.replaying import CORPUS, all_labels, all_series

NEWS = {"new", "new-in-burst", "future-dated", "old-or-undated-appearing"}
SHORTEST = 12  # series; the others are replayed without deliveries, which is quicker

pytestmark = [
    pytest.mark.needs("file"),
    pytest.mark.skipif(not (CORPUS / "timeline").is_dir(), reason=f"no corpus at {CORPUS}"),
]


def short_ones() -> list[str]:
    if not (CORPUS / "timeline").is_dir():
        return []
    series = all_series()
    sizes = {name: sum(version.file.stat().st_size for version in versions) for name, versions in series.items()}
    return sorted((name for name in sizes if len(series[name]) > 2), key=lambda name: sizes[name])[:SHORTEST]


@pytest.mark.parametrize("series", short_ones())
def test_only_news_is_sent_and_each_once(tmp_path: Path, series: str) -> None:
    versions = [Version(v.file.name, v.at, v.file.read_bytes()) for v in all_series()[series]]
    labels: dict[str, set[str]] = defaultdict(set)
    for (name, _), rows in all_labels().items():
        for row in rows if name == series else ():
            labels[row["link"]].add(row["label"])
    happened = list(replay(tmp_path, versions, "https://blog.example/feed.xml", networks=["file"]))
    sent = [str(h.facts["post"]) for h in happened if h.event == "delivery_delivered"]
    assert len(sent) == len(set(sent))
    assert [post for post in sent if labels[post] and not labels[post] & NEWS] == []
    assert [h.facts["name"] for h in happened if h.event == "version"] == [version.name for version in versions]
