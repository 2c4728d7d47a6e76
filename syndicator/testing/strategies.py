"""Texts that people write and counters get wrong, as a Hypothesis strategy.

Imported only by the pytest contract; the fixed texts of `samples.py` do without Hypothesis.
"""

from hypothesis import strategies as st

_SCOTLAND = "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
_EMOJI = st.sampled_from(
    [
        "😀",
        "👩‍👩‍👧‍👦",
        "👍🏽",
        "🏳️‍🌈",
        "🇦🇹",
        "🇩🇪",
        "❤️‍🔥",
        "#️⃣",
        "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    ]
)
_MARKS = st.sampled_from(["\N{COMBINING ACUTE ACCENT}", "\N{COMBINING DIAERESIS}", "\N{COMBINING CEDILLA}"])
_ACCENTED = st.builds(
    lambda letter, marks: letter + "".join(marks), st.sampled_from("aeouñ"), st.lists(_MARKS, max_size=3)
)
_HAN = st.text("今日は良い天気ですね漢字仮名交じり文、。", min_size=1, max_size=20)
_RIGHT_TO_LEFT = st.text("שלום עולםمرحبا بالعالم", min_size=1, max_size=20)
_HANGUL = st.text("안녕하세요 각뢇", min_size=1, max_size=12)
_LATIN = st.text("abc XYZ äöüß ÅÉ, .!?–…„“&<>*_[](){}|\\~`'\"", min_size=1, max_size=30)
_ADDRESS = st.builds(
    lambda host, path: f"https://{host}/{path}",
    st.sampled_from(["example.org", "www.example.com", "münchen.example.org"]),
    st.text("abcdefghijklmnopqrstuvwxyz0123456789-_/", max_size=60),
)
_ODDITY = st.sampled_from(["@you@social.example", "@name", "#Wort", "#2026", "example.org", "\n\n", " ", "(a) [b] {c}"])

texts = st.lists(
    st.one_of(_LATIN, _EMOJI, _ACCENTED, _HAN, _RIGHT_TO_LEFT, _HANGUL, _ADDRESS, _ODDITY).flatmap(
        lambda word: st.integers(1, 60).map(lambda times: word * times)
    ),
    min_size=1,
    max_size=25,
).map("".join)
"""A text of a few kinds of stretches; some are short, most go beyond what a small service takes."""
