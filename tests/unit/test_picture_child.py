"""Pictures are decoded in a process of their own: bombs, wrecks and riddles cost that process, never this one."""

import contextlib
import errno
import io
import os
import signal
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow

from syndicator.clock import SystemClock
from syndicator.feed.transcript import written
from syndicator.guarded import child as guarded_module
from syndicator.pictures import child as child_module
from syndicator.pictures.child import Child
from syndicator.pictures.decoder import Decoder, bounds_of
from syndicator.pictures.worker import LIMITS, NO_MEMORY, Bounds, Head
from syndicator.render.encoding import encode
from syndicator.render.header import BadImage

BOUNDS = bounds_of(1_000_000, frozenset({"image/jpeg", "image/png"}), max_pixels=None, max_side=2048)
MOVING = bounds_of(1_000_000, frozenset({"image/jpeg", "image/png", "image/gif"}), max_pixels=None, max_side=2048)
ON_LINUX = pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="only Linux shows what a process may do")


@pytest.fixture(scope="module")
def warm() -> Iterator[Decoder]:
    """One for all tests that only look at what comes out of it."""
    running = Decoder()
    yield running
    running.close()


@pytest.fixture
def decoder() -> Iterator[Decoder]:
    running = Decoder()
    yield running
    running.close()


def saved(picture: Pillow.Image, form: str, **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def drawn(form: str = "PNG", size: tuple[int, int] = (120, 80), **options: Any) -> bytes:
    return saved(Pillow.effect_noise(size, 60).convert("RGB"), form, **options)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *chunks: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + chunk(b"IEND", b"")


def pixels(width: int, height: int) -> bytes:
    return chunk(b"IDAT", zlib.compress(b"\0" * (height * (1 + 3 * width)), 9))


def pid_of(decoder: Decoder) -> int:
    assert decoder._child is not None
    return decoder._child.pid


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


# The same answer


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP"])
def test_it_makes_what_this_process_would_have_made(form: str, warm: Decoder) -> None:
    data = drawn(form)
    assert warm.fit_into(BOUNDS, data) == encode(data, max_bytes=1_000_000, max_pixels=None, types=BOUNDS.types)


def test_the_same_bytes_give_the_same_bytes_whatever_it_did_before(warm: Decoder, decoder: Decoder) -> None:
    data = drawn("JPEG", (900, 700), quality=95)
    tight = Bounds(60_000, BOUNDS.types)
    first = warm.fit_into(tight, data)
    warm.fit_into(BOUNDS, drawn("WEBP"))
    assert warm.fit_into(tight, data) == first == decoder.fit_into(tight, data)
    assert len(first.data) <= 60_000


def test_it_says_how_large_a_picture_was(warm: Decoder) -> None:
    made = warm.fit_into(Bounds(1_000_000, BOUNDS.types, max_side=50), drawn())
    assert (made.source, made.width, made.height) == ((120, 80), 50, 33)


def test_seats_wait_for_each_other_and_each_gets_its_own(decoder: Decoder) -> None:
    sizes = [(40 + n, 30) for n in range(12)]
    files = [drawn(size=size) for size in sizes]
    with ThreadPoolExecutor(4) as seats:
        made = list(seats.map(lambda data: decoder.fit_into(BOUNDS, data), files))
    assert [(each.width, each.height) for each in made] == sizes


# Hostile pictures


def without_end() -> bytes:
    """A JPEG of nothing but comments."""
    return b"\xff\xd8" + b"\xff\xfe\x00\x02" * 2_000_000


def frames_of_an_apng() -> bytes:
    control = chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0))
    frame = chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 1, 1, 0, 0, 1, 1, 0, 0))
    return png(1, 1, control, frame, pixels(1, 1), *[frame] * 50_000)


def frames_of_a_gif() -> bytes:
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    return b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + b"\0" * 6 + frame * 100_000 + b"\x3b"


def webp(kind: bytes, data: bytes) -> bytes:
    body = b"WEBP" + kind + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def icc_of_a_png(profile: bytes) -> bytes:
    return png(1, 1, chunk(b"iCCP", b"x\0\0" + zlib.compress(profile, 9)), pixels(1, 1))


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "a profile that unpacks without end": (lambda: icc_of_a_png(b"\0" * 99_000_000), "cannot be decoded"),
    "one pixel that claims to be many": (lambda: png(60_000, 60_000, pixels(1, 1)), "60000 × 60000 pixels"),
    "more rows than it has": (lambda: png(6_000, 6_000, pixels(1, 1)), "cannot be decoded"),
    "a size of nothing": (lambda: png(0, 0), "no size"),
    "a jpeg without end": (without_end, "ends within its header"),
    "a jpeg of fill bytes": (lambda: b"\xff\xd8" + b"\xff" * 9_000_000, "ends within its header"),
    "a cut jpeg": (lambda: drawn("JPEG", (800, 800))[:9_000], "cannot be decoded"),
    "a cut webp": (lambda: drawn("WEBP", (800, 800))[:2_000], "cannot be decoded"),
    "a cut png": (lambda: drawn(size=(800, 800))[:2_000], "cannot be decoded"),
    "a gif of countless frames": (frames_of_a_gif, "more than 1000 frames"),
    "a webp of nothing": (lambda: webp(b"VP8X", b"\0" * 10), "cannot be decoded"),
    "a lossless webp of noise": (lambda: webp(b"VP8L", b"\x2f\x0f\xc0\x03\0" + b"\xff" * 400), "cannot be decoded"),
    "a webp that claims to be huge": (lambda: webp(b"VP8X", b"\0" * 4 + b"\xff" * 6), "16777216 × 16777216 pixels"),
    "html in a gif": (lambda: b"GIF89a/*<html><script>alert()</script>*/=1;", "are the limit"),
    "a script": (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n" + b"{}" * 99, "something else"),
    "a drawing": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing"),
    "compressed text without end": (
        lambda: png(1, 1, chunk(b"zTXt", b"x\0\0" + zlib.compress(b"\0" * 99_000_000, 9)), pixels(1, 1)),
        "cannot be decoded",
    ),
}


@ON_LINUX
@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_picture_is_refused_with_a_reason_and_this_process_does_not_grow(name: str, warm: Decoder) -> None:
    make, reason = REFUSED[name]
    data = make()
    before = resident()
    with pytest.raises(BadImage, match=reason):
        warm.fit_into(MOVING, data)
    assert resident() - before < 20_000_000
    assert warm.fit_into(BOUNDS, drawn()).width == 120


DAMAGED = b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\xff" * 500
ODD: dict[str, Callable[[], bytes]] = {
    "a picture that unpacks to a thousand times its size": lambda: png(6_000, 6_000, pixels(6_000, 6_000)),
    "an apng that claims billions of frames": frames_of_an_apng,
    "a profile larger than any": lambda: icc_of_a_png(b"\0" * 900_000),
    "a jpeg with a profile of noise": lambda: drawn("JPEG", icc_profile=os.urandom(3_000_000)),
    "a jpeg with damaged notes of its camera": lambda: drawn("JPEG", exif=DAMAGED),
    "a moving webp": lambda: drawn("WEBP", save_all=True, append_images=[Pillow.new("RGB", (120, 80))] * 50),
    "a webp without loss": lambda: drawn("WEBP", lossless=True),
    "a png with a zip behind it": lambda: drawn() + b"PK\x03\x04 smuggled",
    "a jpeg with a page in its comment": lambda: drawn("JPEG", comment=b"<script>smuggled</script>"),
}


@ON_LINUX
@pytest.mark.parametrize("name", ODD)
def test_an_odd_picture_comes_out_as_an_ordinary_one(name: str, warm: Decoder) -> None:
    data = ODD[name]()
    before = resident()
    made = warm.fit_into(BOUNDS, data)
    assert b"smuggled" not in made.data
    assert Pillow.open(io.BytesIO(made.data)).size == (made.width, made.height)
    assert resident() - before < 20_000_000


@ON_LINUX
def test_the_largest_picture_we_take_does_not_make_this_process_grow(warm: Decoder) -> None:
    data = png(6_300, 6_300, pixels(6_300, 6_300))
    before = resident()
    assert warm.fit_into(BOUNDS, data).width == 2048
    assert resident() - before < 5_000_000


# Nothing of its owner goes with it

OF_A_GIF = {"version", "background", "loop", "duration", "extension"}
SECRET = b"Secret Street 1"
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + SECRET + b"</x:xmpmeta>"


def with_gps() -> Pillow.Exif:
    exif = Pillow.Exif()
    exif[0x010E] = SECRET.decode()
    exif.get_ifd(0x8825)[1] = "N"
    return exif


def told_by_png() -> bytes:
    from PIL.PngImagePlugin import PngInfo

    said = PngInfo()
    said.add_text("Author", SECRET.decode())
    said.add_text("Comment", SECRET.decode(), zip=True)
    said.add_itxt("XML:com.adobe.xmp", XMP.decode())
    return drawn(pnginfo=said, exif=with_gps())


def told_by_gif() -> bytes:
    frames = [Pillow.new("RGB", (30, 20), (90 * n, 0, 0)) for n in range(3)]
    data = saved(frames[0], "GIF", save_all=True, append_images=frames[1:], loop=0, comment=SECRET)
    xmp = b"\x21\xff\x0bXMP DataXMP" + XMP + b"\x01" + bytes(range(255, -1, -1)) + b"\0"
    assert data[10] & 0x80
    at = 13 + (3 << (data[10] & 7) + 1)
    return data[:at] + xmp + data[at:]


@pytest.mark.parametrize(
    ("data", "bounds"),
    [
        (drawn("JPEG", exif=with_gps(), comment=SECRET, xmp=XMP), BOUNDS),
        (told_by_png(), BOUNDS),
        (drawn("WEBP", exif=with_gps(), xmp=XMP), BOUNDS),
        (told_by_gif(), MOVING),
        (told_by_gif(), BOUNDS),
    ],
    ids=["jpeg", "png", "webp", "moving gif", "gif"],
)
def test_no_notes_of_a_camera_or_a_person_go_out(data: bytes, bounds: Bounds, warm: Decoder) -> None:
    made = warm.fit_into(bounds, data)
    opened = Pillow.open(io.BytesIO(made.data))
    assert b"Secret" not in made.data
    assert not opened.getexif()
    assert not [name for name in opened.info if not str(name).startswith(("jfif", "progress")) and name not in OF_A_GIF]


def test_a_profile_is_applied_and_does_not_go_along(warm: Decoder) -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    made = warm.fit_into(BOUNDS, drawn("JPEG", icc_profile=profile))
    assert "icc_profile" not in Pillow.open(io.BytesIO(made.data)).info
    assert b"ICC_PROFILE" not in made.data


# The process


def test_nothing_is_started_before_the_first_picture(decoder: Decoder) -> None:
    assert decoder._child is None
    with pytest.raises(BadImage, match="10,000,000 are the limit"):
        decoder.fit_into(BOUNDS, b" " * 10_000_001)
    assert decoder._child is None


def test_it_stays_warm_from_one_picture_to_the_next(decoder: Decoder) -> None:
    decoder.fit_into(BOUNDS, drawn())
    first = pid_of(decoder)
    with pytest.raises(BadImage):
        decoder.fit_into(BOUNDS, b"no picture")
    decoder.fit_into(BOUNDS, drawn())
    assert pid_of(decoder) == first


@ON_LINUX
def test_it_is_limited_and_poor(warm: Decoder, monkeypatch: pytest.MonkeyPatch) -> None:
    warm.fit_into(BOUNDS, drawn())
    pid = pid_of(warm)
    lines = Path(f"/proc/{pid}/limits").read_text().splitlines()
    found = {line[:26].strip(): line[26:].split()[0] for line in lines}
    assert found["Max address space"] == str(LIMITS.memory)
    assert (found["Max file size"], found["Max processes"], found["Max open files"]) == ("0", "0", "16")
    environment = Path(f"/proc/{pid}/environ").read_bytes()
    assert {line.split(b"=")[0].decode() for line in environment.split(b"\0") if line} <= set(guarded_module.KEPT)
    held = [str(path.readlink()).split(":")[0] for path in Path(f"/proc/{pid}/fd").iterdir()]
    assert sorted(held) == ["/dev/null", "/dev/null", "pipe", "pipe"]


def test_of_other_peoples_code_it_imports_pillow_only() -> None:
    program = """
import sys
from syndicator.pictures import worker
worker._load()
list(worker._frames(sys.argv[1].encode(), sys.stdin.buffer.read()))
own = {"__main__", "syndicator", "PIL", "defusedxml", *sys.stdlib_module_names}
print(sorted({name.split(".")[0] for name in sys.modules} - own))
"""
    program = f"import sys; sys.path[:] = {sys.path!r}\n{program}"
    command = [sys.executable, "-I", "-S", "-c", program, written(BOUNDS).decode()]
    done = subprocess.run(command, input=drawn("WEBP"), capture_output=True, check=True)
    assert done.stdout == b"[]\n"


def test_one_that_hangs_is_killed_and_the_next_picture_gets_another(decoder: Decoder) -> None:
    decoder.fit_into(BOUNDS, drawn())
    stuck = decoder._child
    assert stuck is not None
    stuck._wall = 0.2
    os.kill(stuck.pid, signal.SIGSTOP)
    with pytest.raises(BadImage, match=r"^the picture took more than 0.2 s to read$"):
        decoder.fit_into(BOUNDS, drawn())
    assert decoder.fit_into(BOUNDS, drawn()).width == 120
    assert pid_of(decoder) != stuck.pid


def changed(monkeypatch: pytest.MonkeyPatch, limits: str = "", then: str = "") -> None:
    start = "from dataclasses import replace; from syndicator.pictures import worker"
    other = f"worker.LIMITS = replace(worker.LIMITS, {limits})"
    monkeypatch.setattr(child_module, "PROGRAM", f"{start}; {other}; {then or 'pass'}; worker.main()")


def test_one_that_computes_for_too_long_is_cut(decoder: Decoder, monkeypatch: pytest.MonkeyPatch) -> None:
    changed(monkeypatch, "cpu=0.05")
    with pytest.raises(BadImage, match="more than 20 s of processor time to read"):
        decoder.fit_into(BOUNDS, png(6_000, 6_000, pixels(6_000, 6_000)))


def test_one_that_wants_too_much_memory_says_so(decoder: Decoder, monkeypatch: pytest.MonkeyPatch) -> None:
    changed(monkeypatch, "memory=120_000_000")
    with pytest.raises(BadImage, match=NO_MEMORY):
        decoder.fit_into(BOUNDS, png(6_000, 6_000, pixels(6_000, 6_000)))


def test_a_decoder_that_crashes_costs_one_picture(decoder: Decoder, monkeypatch: pytest.MonkeyPatch) -> None:
    crash = "worker.encode = lambda *_, **__: __import__('os').kill(__import__('os').getpid(), 11)"
    changed(monkeypatch, "cpu=20.0", crash)
    with pytest.raises(BadImage, match=r"^the picture crashed the process that read it \(SIGSEGV\)$"):
        decoder.fit_into(BOUNDS, drawn())
    monkeypatch.undo()
    assert decoder.fit_into(BOUNDS, drawn()).width == 120


# Never believed


def answering(head: bytes, data: bytes) -> str:
    sent = b"".join(len(frame).to_bytes(8, "big") + frame for frame in (b"", head, data))
    return f"import sys; sys.stdout.buffer.write({sent!r}); sys.stdout.flush(); sys.stdin.buffer.read()"


HONEST = drawn("JPEG")
TIGHT = Bounds(max(len(HONEST), 3_000), BOUNDS.types)
SMALL_GIF = drawn("GIF", (9, 9))
LIES = {
    "another type": answering(written(Head("image/gif", 120, 80)), HONEST),
    "a type that was not asked for": answering(written(Head("image/gif", 9, 9)), SMALL_GIF),
    "another size": answering(written(Head("image/jpeg", 1, 1)), HONEST),
    "no picture": answering(written(Head("image/jpeg", 120, 80)), b"<script>"),
    "too much": answering(written(Head("image/jpeg", 120, 80)), HONEST + b"\0" * 20_000),
    "no json": answering(b"cos\nsystem\n(S'id'\ntR.", HONEST),
}


@pytest.mark.parametrize("name", LIES)
def test_an_answer_that_is_not_what_was_asked_for_is_a_refusal(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_module, "PROGRAM", LIES[name])
    with contextlib.closing(Child(wall=5)) as evil, pytest.raises(BadImage, match="makes no sense"):
        evil.fit_into(TIGHT, HONEST)
    assert not evil.fit


def test_an_answer_that_drips_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    drip = "import sys, time; w = sys.stdout.buffer; w.write(bytes(8)); w.write((10**6).to_bytes(8, 'big'))\n"
    drip += "while True: w.write(b'x'); w.flush(); time.sleep(0.01)"
    monkeypatch.setattr(child_module, "PROGRAM", drip)
    clock = SystemClock()
    began = clock.monotonic()
    with contextlib.closing(Child(wall=0.3)) as evil, pytest.raises(BadImage, match=r"took more than 0\.3 s"):
        evil.fit_into(BOUNDS, HONEST)
    assert clock.monotonic() - began < 3


# Where it cannot be started


def failing(number: int) -> Callable[[str], None]:
    def fail(_: str) -> None:
        raise OSError(number, os.strerror(number))

    return fail


def test_want_of_processes_costs_the_picture(decoder: Decoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarded_module, "start", failing(errno.EAGAIN))
    with pytest.raises(BadImage, match="no process could be started to read it"):
        decoder.fit_into(BOUNDS, drawn())


def test_where_no_process_may_be_started_pictures_are_made_all_the_same(
    decoder: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarded_module, "start", failing(errno.EPERM))
    assert decoder.fit_into(BOUNDS, drawn()).width == 120
