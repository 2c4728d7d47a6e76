"""`syndicate preview`: the terminal, the page, and what another configuration would change. And the page in a
browser."""

import html
import json
import os
import pty
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from syndicator.cli.columns import width
from syndicator.cli.copies import Maker, Wanted
from syndicator.connector import Rendering
from syndicator.exitcode import ExitCode
from syndicator.material import Material
from syndicator.preview.page import page
from syndicator.registry import Registry
from syndicator.rendering import own_hosts
from tests.system.cli_ground import ROOT, Said
from tests.system.pass_ground import Ground, ground_in
from tests.unit import preview_ground

Say = Callable[..., Said]
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
JAPANESE = "今朝の湖はとても静かでした。霧の向こうから、鳥の声だけが聞こえてきます。" * 4


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with ground_in(tmp_path_factory.mktemp("preview")) as place:
        place.publish("walk", long=True, images=(("lake.png", "A lake at dawn"), ("bare.png", "")))
        yield place


@pytest.fixture
def say(ground: Ground, capsys: pytest.CaptureFixture[str]) -> Say:
    def run(*words: str) -> Said:
        capsys.readouterr()
        code = ground.say(*words)
        return Said(code, *capsys.readouterr())

    return run


@pytest.fixture
def other(ground: Ground, tmp_path: Path) -> Path:
    """A copy of the configuration as it is, readable by everybody, as a checkout would be."""
    shutil.copytree(ground.scene.config.parent / "networks.d", tmp_path / "networks.d")
    shutil.copy(ground.scene.config, tmp_path)
    for file in tmp_path.rglob("*.toml"):
        file.chmod(0o644)
    return tmp_path


def edit(directory: Path, network: str, text: str) -> None:
    path = directory / "networks.d" / f"{network}.toml"
    path.write_text(text + path.read_text())


# On a terminal, and in a pipe


def test_each_copy_has_its_words_and_its_counts(say: Say) -> None:
    said = say("preview", "--only", "mastodon")
    assert said.code == ExitCode.OK
    assert re.search(r"^mastodon  \d+ of 500$", said.out, re.MULTILINE)
    assert "  │ About walk" in said.out
    assert "  [image 1200×630] A lake at dawn" in said.out
    assert re.search(r"^ +\d+ kB PNG, alt 14 of \d+$", said.out, re.MULTILINE)
    assert "(no alt text)" in said.out
    assert "\x1b" not in said.out


def test_json_tells_all_of_it(say: Say) -> None:
    (told,) = json.loads(say("preview", "--only", "mastodon", "--json").out)
    assert (told["network"], told["limit"], told["max_bytes"]) == ("mastodon", 500, None)
    assert told["bytes"] == len(told["text"].encode())
    assert [(i["alt"], i["width"], i["bytes"] > 1000) for i in told["images"]] == [
        ("A lake at dawn", 1200, True),
        ("", 1200, True),
    ]
    assert told["language"] == "en"


def test_lines_fit_the_terminal_also_in_wide_letters(ground: Ground) -> None:
    ground.publish("umi", title=JAPANESE)
    try:
        shown = on_a_terminal(60, "--config", str(ground.scene.config), "preview", ground.link("umi"))
    finally:
        ground.scene.blog.entries.pop(0)
    lines = COLOUR.sub("", shown).replace("\r", "").split("\n")
    said = "".join(line.partition("│ ")[2].strip() for line in lines if "│" in line)
    assert JAPANESE.replace(" ", "")[:60] in said
    assert max(width(line) for line in lines if "://" not in line) <= 60
    assert COLOUR.search(shown)


def test_a_terminal_without_colour_gets_none(ground: Ground) -> None:
    shown = on_a_terminal(80, "--config", str(ground.scene.config), "preview", env={"NO_COLOR": "1"})
    assert not re.search(r"\x1b\[(?:3\d|9\d|4;36)m", shown)
    assert "About walk" in shown


def on_a_terminal(columns: int, *words: str, env: dict[str, str] | None = None) -> str:
    """What a terminal of that width is sent."""
    ours, theirs = pty.openpty()
    known = {
        "TERM": "xterm-256color",
        "COLUMNS": str(columns),
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'connectors'}",
    }
    child = subprocess.Popen(
        [sys.executable, "-m", "syndicator", *words],
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, **known, **(env or {})},
    )
    os.close(theirs)
    found = b""
    while chunk := _read(ours):
        found += chunk
    os.close(ours)
    assert child.wait(timeout=30) == ExitCode.OK
    return found.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # nobody writes any more
        return b""


# As a page


def test_the_page_shows_every_network_and_sends_nothing(ground: Ground, say: Say, tmp_path: Path) -> None:
    file = tmp_path / "copies.html"
    said = say("preview", "--latest", "2", "--html", str(file))
    assert (said.code, str(file) in said.out) == (ExitCode.OK, True)
    written = file.read_text()
    assert re.findall(r'<h3 id="copy-\d-\d">(\w+)</h3>', written) == ["Bluesky", "Mastodon"] * 2
    assert "A lake at dawn" in written
    assert "@blogger@127.0.0.1" in written
    assert ground.copies("mastodon") == ground.copies("bluesky") == []


def test_a_page_that_cannot_be_written_is_a_mistake_in_words(say: Say, tmp_path: Path) -> None:
    said = say("preview", "--html", str(tmp_path / "no" / "where.html"))
    assert said.code == ExitCode.USAGE
    assert "where.html cannot be written: No such file or directory" in said.err


def test_what_would_be_held_is_shown_with_the_reason(ground: Ground, say: Say) -> None:
    ground.edit("networks.d/mastodon.toml", "connector", 'alt = "require"\nconnector')
    try:
        said = say("preview", "--only", "mastodon")
    finally:
        ground.edit("networks.d/mastodon.toml", 'alt = "require"\n', "")
    assert said.code == ExitCode.OK
    assert "  held: " in said.out
    assert "About walk" in said.out


def test_a_part_of_a_thread_is_shown_with_the_words_it_will_have(ground: Ground) -> None:
    said = Rendering("The end. 2/2")
    with ground.host() as host, Material(host.http, own_hosts(host.config)) as pages:
        wanted = Wanted("blog", preview_ground.POST, fixed=said)
        (copy,) = Maker(host, pages).copies(host.config.networks["bluesky"], [wanted])
    assert (copy.texts, copy.length, copy.limit) == (("The end. 2/2",), 12, 300)


def test_a_connector_may_name_its_look(
    ground: Ground, say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = Registry.discover().load("bluesky")
    monkeypatch.setattr(kind, "look", "linkedin", raising=False)
    say("preview", "--only", "bluesky", "--html", str(tmp_path / "copies.html"))
    assert '<div class="stage look-linkedin">' in (tmp_path / "copies.html").read_text()


def test_what_a_service_cannot_tell_now_is_said_and_the_others_are_shown(ground: Ground, say: Say) -> None:
    with ground.unreachable("mastodon"):
        said = say("preview")
    assert said.code == ExitCode.OK
    assert "mastodon: cannot be shown" in said.out
    assert re.search(r"^bluesky  \d+ of 300$", said.out, re.MULTILINE)


# Against another configuration


def test_the_same_configuration_changes_nothing(say: Say, other: Path) -> None:
    said = say("preview", "--against", str(other))
    assert (said.code, said.out.rstrip().splitlines()[-1]) == (ExitCode.OK, "Nothing changes.")
    assert "mastodon: nothing changes" in said.out


def test_another_template_shows_word_by_word_what_it_would_change(ground: Ground, say: Say, other: Path) -> None:
    edit(other, "bluesky", 'template = "{{ title }} is on my blog"\nbacklink = "never"\n')
    said = say("preview", "--against", str(other / "config.toml"))
    assert said.code == ExitCode.OK
    assert "bluesky: text" in said.out
    assert "About walk" in said.out
    assert "[- is on my blog-]" in " ".join(said.out.split()).replace("[-is on my blog-]", "[- is on my blog-]")
    assert "mastodon: nothing changes" in said.out
    assert "1 of 2 copies would be different." in said.out


def test_the_page_marks_the_changes_and_keeps_the_copy_before(say: Say, other: Path, tmp_path: Path) -> None:
    edit(other, "mastodon", 'content_warning = "walks"\n')
    file = tmp_path / "copies.html"
    say("preview", "--against", str(other), "--html", str(file), "--only", "mastodon")
    written = file.read_text()
    assert "<del>walks</del>" in written
    assert "The copy before" in written
    assert "1 of 1 copy would be different." in written


def test_networks_that_only_one_configuration_has_are_named(say: Say, other: Path) -> None:
    (other / "networks.d" / "bluesky.toml").rename(other / "networks.d" / "elsewhere.toml")
    said = say("preview", "--against", str(other))
    assert "bluesky: a network that the other configuration does not have" in said.out
    assert "elsewhere: no longer a network of yours" in said.out


def test_json_of_a_comparison_has_both_sides(say: Say, other: Path) -> None:
    edit(other, "mastodon", 'content_warning = "walks"\n')
    (told,) = json.loads(say("preview", "--against", str(other), "--only", "mastodon", "--json").out)
    assert (told["before"]["content_warning"], told["after"]["content_warning"]) == ("walks", "")
    assert told["changes"] == [{"what": "content warning", "stretches": [{"del": "walks"}]}]


@pytest.mark.parametrize("broken", ["the other", "our own"])
def test_a_mistake_in_a_template_of_either_is_one_message(ground: Ground, say: Say, other: Path, broken: str) -> None:
    place = other if broken == "the other" else ground.scene.config.parent
    before = (place / "networks.d" / "mastodon.toml").read_text()
    edit(place, "mastodon", 'template = "{{ title "\n')
    try:
        said = say("preview", "--against", str(other))
    finally:
        (place / "networks.d" / "mastodon.toml").write_text(before)
    assert said.code == ExitCode.CONFIG
    assert said.err.count("mastodon.toml") == 1
    assert ("the configuration to compare with" in said.err) == (broken == "the other")
    assert "Traceback" not in said.err


def test_no_secret_of_the_other_configuration_is_read(say: Say, other: Path) -> None:
    path = other / "networks.d" / "mastodon.toml"
    path.write_text(re.sub(r'access_token = ".*"', 'access_token = { file = "is-not-there" }', path.read_text()))
    said = say("preview", "--against", str(other))
    assert (said.code, said.err) == (ExitCode.OK, "")


# In a browser

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PHONE = 360
MEASURE = """<!doctype html><title>waiting</title>
<iframe style="border:0;width:%dpx;height:800px" srcdoc="%s"></iframe>
<script>onload = () => {
  const page = frames[0].document, root = page.documentElement;
  const wide = [...page.querySelectorAll("body *")].filter(
    (e) => e.getBoundingClientRect().right > root.clientWidth + 1 && !e.closest(".unseen, pre"));
  document.title = JSON.stringify({
    over: root.scrollWidth - root.clientWidth, wide: wide.map((e) => e.outerHTML.slice(0, 60)),
    paper: frames[0].getComputedStyle(page.body).backgroundColor,
    cards: page.querySelectorAll(".paper").length,
    drawn: [...page.images].every((i) => i.complete && i.naturalWidth > 0),
  });
}</script>"""
BY_BROWSER = pytest.mark.skipif(BROWSER is None, reason="there is no Chromium on this machine")


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("browser")


def browsed(profile: Path, document: str, *options: str) -> tuple[str, list[str]]:
    """The page as the browser has it in the end, and what it complained about."""
    file = profile / "page.html"
    file.write_text(document, encoding="utf-8")
    quiet = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", f"--user-data-dir={profile / 'profile'}")
    command = [str(BROWSER), *quiet, "--enable-logging=stderr", *options, "--dump-dom", file.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


def measured(profile: Path, columns: int, *options: str, folded: bool = True) -> dict[str, object]:
    document = page(preview_ground.sheet())
    document = document if folded else document.replace("<details ", "<details open ")
    dom, complaints = browsed(profile, MEASURE % (columns, html.escape(document)), *options)
    assert complaints == []
    found = re.search(r"<title>(\{.*?\})</title>", dom)
    assert found
    told: dict[str, object] = json.loads(html.unescape(found[1]))
    return told


@BY_BROWSER
@pytest.mark.parametrize("folded", [True, False], ids=["folded", "unfolded"])
def test_on_a_phone_nothing_has_to_be_pushed_aside(profile: Path, folded: bool) -> None:
    told = measured(profile, PHONE, folded=folded)
    assert (told["over"], told["wide"]) == (0, [])
    assert told["cards"] == len(re.findall('class="paper"', page(preview_ground.sheet())))


@BY_BROWSER
def test_both_themes_are_drawn_with_all_pictures(profile: Path) -> None:
    light = measured(profile, 1400, "--blink-settings=preferredColorScheme=1")
    dark = measured(profile, 1400, "--blink-settings=preferredColorScheme=0")
    assert (light["paper"], dark["paper"]) == ("rgb(246, 243, 237)", "rgb(21, 20, 18)")
    assert (light["drawn"], dark["drawn"], light["wide"], dark["wide"]) == (True, True, [], [])


@BY_BROWSER
def test_the_browser_would_tell_what_the_page_may_not_do(profile: Path) -> None:
    """So that silence in the other tests means something."""
    document = page(preview_ground.sheet()).replace("</main>", "<script>document.title = 1</script></main>")
    dom, complaints = browsed(profile, document)
    assert "<title>Copies before" in dom
    assert any("Content Security Policy" in line for line in complaints)


@BY_BROWSER
def test_the_page_opens_without_a_complaint(profile: Path) -> None:
    dom, complaints = browsed(profile, page(preview_ground.sheet()))
    assert ("<main>" in dom, complaints) == (True, [])
