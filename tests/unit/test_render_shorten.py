"""What gives way first when a copy is too long, and where it is cut."""

import pytest
import regex

from syndicator.connector import Hashtags, Span, SpanKind
from syndicator.render.marking import JOINER, Marker
from syndicator.render.pieces import Piece, Role, join
from syndicator.render.shorten import Room, fit, fitted

LINK = "https://blog.example/2026/a-post"
GAP = Piece(Role.FIXED, "\n\n")


def graphemes(text: str) -> int:
    return len(regex.findall(r"\X", text))


def shortened(*pieces: Piece, length: int, tags: frozenset[str] = frozenset()) -> str:
    marked = Marker(LINK, Hashtags.WORD, tags).mark(pieces)
    return fit(marked, graphemes, length)[0]


def marked(text: str, *tags: str, rule: Hashtags = Hashtags.WORD) -> tuple[str, tuple[Span, ...]]:
    return join(Marker(LINK, rule, frozenset(tags)).mark([Piece(Role.BODY, text)]))


TEASER = "A teaser with a first sentence. And with a second sentence that is longer than the first."
ANNOUNCEMENT = (
    Piece(Role.TITLE, "How a title may look"),
    GAP,
    Piece(Role.BODY, TEASER),
    GAP,
    Piece(Role.LINK, LINK),
    GAP,
    Piece(Role.TAGS, "#one #two #three"),
)


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (200, f"How a title may look\n\n{TEASER}\n\n{LINK}\n\n#one #two #three"),
        (120, f"How a title may look\n\nA teaser with a first sentence. …\n\n{LINK}\n\n#one #two #three"),
        (100, f"How a title may look\n\n{LINK}\n\n#one #two #three"),
        (70, f"How a title may look\n\n{LINK}\n\n#one #two"),
        (60, f"How a title may look\n\n{LINK}\n\n#one"),
        (54, f"How a title may look\n\n{LINK}"),
        (46, f"How a title…\n\n{LINK}"),
        (33, LINK),
        (31, "How a title may look\n\n#one #two"),
    ],
)  # fmt: skip
def test_teaser_then_hashtags_then_title_give_way_and_the_link_only_where_it_alone_is_too_long(
    length: int, text: str
) -> None:
    assert shortened(*ANNOUNCEMENT, length=length) == text


def test_a_note_is_cut_after_a_sentence_when_that_fills_the_room() -> None:
    note = Piece(Role.BODY, "This sentence is long enough to be worth stopping after it. The next one is not.")
    assert shortened(note, length=70) == "This sentence is long enough to be worth stopping after it. …"


def test_a_note_is_cut_after_a_word_when_sentences_are_long() -> None:
    note = Piece(Role.BODY, "One endless sentence, which goes on and on and has no place to stop before the limit")
    assert shortened(note, length=50) == "One endless sentence, which goes on and on and…"


def test_a_script_without_spaces_is_cut_between_characters() -> None:
    assert (
        shortened(Piece(Role.BODY, "日本語の文章はここで切る" * 10), length=50)
        == ("日本語の文章はここで切る" * 10)[:49] + "…"
    )


def test_a_single_giant_word_is_cut_between_graphemes() -> None:
    family = "👨‍👩‍👧‍👦"
    assert shortened(Piece(Role.BODY, family * 100), length=60) == family * 59 + "…"


def test_an_address_in_the_words_goes_whole_or_not_at_all() -> None:
    note = Piece(
        Role.BODY, "Please read the page at https://long.example/with/a/path/that/does/not/fit/anywhere and more"
    )
    assert shortened(note, length=60) == "Please read the page at…"


def test_an_ellipsis_never_touches_an_address() -> None:
    note = Piece(
        Role.BODY, "Here is what I have to say about it: https://x.example/abc and then some more words follow"
    )
    assert shortened(note, length=60) == "Here is what I have to say about it: https://x.example/abc …"


def test_hashtags_go_before_the_last_words_of_a_note_do() -> None:
    note = Piece(Role.BODY, "These are the words that matter, so some of them stay here.")
    tags = Piece(Role.TAGS, "#averylonghashtag #anotherlonghashtag")
    assert shortened(note, GAP, tags, length=65) == "These are the words that matter, so some of…\n\n#averylonghashtag"


def test_fixed_words_give_way_before_the_link() -> None:
    words = Piece(Role.FIXED, "Words that the owner wants in each and every copy: ")
    assert shortened(words, Piece(Role.LINK, LINK), length=50) == f"Words that the… {LINK}"


def test_a_foreign_link_goes_before_the_permalink() -> None:
    other = Piece(Role.LINK, "https://elsewhere.example/a")
    assert shortened(other, GAP, Piece(Role.LINK, LINK), length=40) == LINK


def test_bytes_count_as_well() -> None:
    family = "👨‍👩‍👧‍👦"
    text, _ = fit([Piece(Role.BODY, family * 200)], graphemes, 300, 3_000)
    assert text == family * 119 + "…"


def test_what_empty_pieces_leave_behind_closes() -> None:
    pieces = [
        Piece(Role.TITLE, ""),
        GAP,
        Piece(Role.LINK, LINK),
        Piece(Role.FIXED, " \n\n\n \n"),
        Piece(Role.TAGS, ""),
        GAP,
    ]
    assert join(pieces) == (LINK, ())


def test_no_double_blank_stays_where_a_value_is_empty() -> None:
    blank = Piece(Role.FIXED, " ")
    assert join([Piece(Role.TITLE, "a"), blank, Piece(Role.TAGS, ""), blank, Piece(Role.BODY, "b")])[0] == "a b"


def test_spans_move_with_the_text() -> None:
    pieces = Marker(LINK, Hashtags.WORD).mark(
        [Piece(Role.TITLE, "a"), Piece(Role.FIXED, "\n\n\n\n"), *ANNOUNCEMENT[4:]]
    )
    text, spans = join(pieces)
    assert [text[s.start : s.end] for s in spans] == [LINK, "#one", "#two", "#three"]


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("(see https://x.example/a_(b)).", "https://x.example/a_(b)"),
        ("https://x.example/a, and", "https://x.example/a"),
        ("„https://x.example/a“", "https://x.example/a"),
        ("https://x.example/ü?q=1&r=ß#top!", "https://x.example/ü?q=1&r=ß#top"),
        ("看https://x.example/路。好", "https://x.example/路"),
        ("HTTPS://X.example/a🎉", "HTTPS://X.example/a"),
        ("https://x.example/a…", "https://x.example/a"),
        ("https://x.example/@me", "https://x.example/@me"),
        ("[https://x.example/a]: b", "https://x.example/a"),
    ],
)
def test_an_address_ends_where_a_reader_sees_its_end(text: str, url: str) -> None:
    shown, spans = marked(text)
    assert [(s.kind, s.target, shown[s.start : s.end]) for s in spans] == [(SpanKind.LINK, url, url)]
    assert shown == text


@pytest.mark.parametrize(
    ("text", "silenced"),
    [
        ("use @dataclass", f"use @{JOINER}dataclass"),
        ("(@me@x.example)", f"(@{JOINER}me@x.example)"),
        ("write to me@x.example", "write to me@x.example"),
        ("a #selector", f"a #{JOINER}selector"),
        ("issue #12 and C# and #", "issue #12 and C# and #"),
        ("keycap #\ufe0f\u20e3", "keycap #\ufe0f\u20e3"),
        ("＃wide", f"＃{JOINER}wide"),
        ("medium.com/@me", "medium.com/@me"),
    ],
)
def test_nobody_is_called_by_accident(text: str, silenced: str) -> None:
    assert marked(text) == (silenced, ())


def test_the_authors_own_hashtags_stay_alive() -> None:
    assert marked("on #Caturday.", "caturday") == ("on #Caturday.", (Span(3, 12, SpanKind.TAG, "Caturday"),))


def test_a_hashtag_in_the_words_is_not_said_again() -> None:
    line = Piece(Role.TAGS, "#Caturday #cats")
    assert shortened(Piece(Role.BODY, "on #caturday"), GAP, line, length=99, tags=frozenset({"caturday"})) == (
        "on #caturday\n\n#cats"
    )


def test_a_template_may_lengthen_the_link() -> None:
    pieces = [Piece(Role.LINK, LINK), Piece(Role.FIXED, "?via="), Piece(Role.WORDS, "mastodon"), Piece(Role.FIXED, ".")]
    text, spans = join(Marker(LINK, Hashtags.WORD).mark(pieces))
    assert text == f"{LINK}?via=mastodon."
    assert [span.target for span in spans] == [f"{LINK}?via=mastodon"]


def test_an_owners_hashtag_is_a_hashtag() -> None:
    text, spans = join(Marker(LINK, Hashtags.WORD).mark([Piece(Role.FIXED, "#blog and #"), Piece(Role.WORDS, "css")]))
    assert [text[s.start : s.end] for s in spans] == ["#blog", "#css"]


def body(text: str, length: int) -> str:
    return shortened(Piece(Role.BODY, text), length=length)


@pytest.mark.parametrize(
    ("text", "length", "kept"),
    [
        # Chinese and Japanese: no small letter, mark or closing bracket at a beginning, no opening one at an end
        ("吾輩は猫である。名前はまだ無い。どこで生れたか", 20, "吾輩は猫である。名前はまだ無い。 …"),
        ("吾輩は猫であると言って「とても長い引用文です」と", 16, "吾輩は猫であると言って…"),
        ("「とても長い引用文なので途中で切れてしまうよ」と", 16, "「とても長い引用文なので途中…」"),
        ("それから東京へ行ってきっと楽しかっただろう", 17, "それから東京へ行ってきっと楽し…"),
        ("世界中のコンピューターで動いている", 11, "世界中の…"),
        ("這是一個很長的句子，沒有句號，所以應該在這裡斷開", 15, "這是一個很長的句子，沒有句號…"),
        # Thai, Lao, Khmer, Burmese: a blank ends a phrase; no vowel without its consonant
        ("ภาษาไทยเป็นภาษาที่มีเสียง เช่นเดียวกับภาษาจีน", 28, "ภาษาไทยเป็นภาษาที่มีเสียง…"),
        ("กกกกกกกกกกเกกกกกก", 12, "กกกกกกกกกก…"),
        ("กกกกกกกกกกะกกกกกก", 11, "กกกกกกกกก…"),
        ("ກກກກກກກກກກແກກກກກ", 12, "ກກກກກກກກກກ…"),
        ("ភាសាខ្មែរជាភាសាកំណើត", 3, "ភាសា…"),
        ("ဘာမြန်မာဘာသာ", 3, "ဘာ…"),
        # Arabic, Persian, Hebrew, Hindi
        ("هذه جملة طويلة جدا؟ وهذه جملة أخرى لا تتسع", 30, "هذه جملة طويلة جدا؟ …"),
        ("هذه كلمات كثيرة، وكلمات أخرى لا تتسع", 18, "هذه كلمات كثيرة…"),
        ("זה משפט ארוך מאוד. ועוד משפט שאינו נכנס", 28, "זה משפט ארוך מאוד. …"),
        ("यह एक लंबा वाक्य है। यह दूसरा वाक्य है जो", 24, "यह एक लंबा वाक्य है। …"),
        # Korean, German compounds, French blanks
        ("한국어는 한국에서 사용하는 언어입니다. 그리고", 24, "한국어는 한국에서 사용하는 언어입니다. …"),
        ("Donaudampfschifffahrtsgesellschaftskapitän", 20, "Donaudampfschifffah…"),
        ("Überwachungsaufgaben-Übertragungsgesetz", 30, "Überwachungsaufgaben…"),
        ("C’est le prix\u00a0: 1\u202f000\u00a0€ et rien de plus", 20, "C’est le prix…"),
    ],
)
def test_each_script_is_cut_by_its_own_rules(text: str, length: int, kept: str) -> None:
    assert body(text, length) == kept


@pytest.mark.parametrize(
    ("text", "length", "kept"),
    [
        ("Some words that stay (and a remark that goes on)", 40, "Some words that stay…"),
        ("Some words that stay [and a remark {that goes} on]", 40, "Some words that stay…"),
        ("Some words that stay “and a quotation that goes on”", 40, "Some words that stay…"),
        ("Einige Worte bleiben „und ein Zitat, das nicht passt“", 40, "Einige Worte bleiben…"),
        ("Quelques mots restent «\u00a0et une citation longue\u00a0»", 40, "Quelques mots restent…"),
        ('Some words that stay "and a quotation that goes on"', 40, "Some words that stay…"),
        ("Some words that stay `and --code that=goes on`", 40, "Some words that stay…"),
        ("(Everything stands in brackets, to the very end.)", 30, "(Everything stands in…)"),
        ("“Everything is (in fact all of it) quoted here.”", 24, "“Everything is…”"),
        ("Done (all of it) and “said” so; more words come", 40, "Done (all of it) and “said” so; more…"),
        ("It’s the dogs’ own :( and don’t a) b) ask me why", 40, "It’s the dogs’ own :( and don’t a) b)…"),
    ],
)
def test_no_bracket_and_no_quotation_is_left_open(text: str, length: int, kept: str) -> None:
    assert body(text, length) == kept


@pytest.mark.parametrize(
    ("text", "length", "kept"),
    [
        ("He came at 3 p.m. on the 4. Mai with Dr. Who and me", 45, "He came at 3 p.m. on the 4. Mai with Dr. Who…"),
        ("Es gibt vieles, z. B. Äpfel, d. h. Obst. Und dann", 44, "Es gibt vieles, z. B. Äpfel, d. h. Obst. …"),
        ("Es gibt vieles, z. B. Äpfel, u. a. Obst, und auch", 30, "Es gibt vieles, z. B. Äpfel…"),
        ("“Is it?” she asked, and nothing more was said by", 22, "“Is it?” she asked…"),
        ("It ends here.” But not there, where it goes on", 24, "It ends here.” …"),
        ("A list:\n\n• one and two\n• three and four", 28, "A list:\n\n• one and two\n…"),
        ("A list:\n\n1. one and two\n2. three and four", 28, "A list:\n\n1. one and two\n…"),
    ],
)
def test_only_a_sentences_end_is_one(text: str, length: int, kept: str) -> None:
    assert body(text, length) == kept


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (90, "Some words that begin a text go on for a while, and only then come to feeds.\n\n#other"),
        (60, "Some words that begin a text go on for a…\n\n#feeds #other"),
    ],
)
def test_a_hashtag_is_not_cut_off_with_the_words_around_it(length: int, text: str) -> None:
    pieces = [Piece(Role.BODY, "Some words that begin a text go on for a while, and only then come to feeds."), GAP]
    pieces.append(Piece(Role.TAGS, "#feeds #other"))
    marker = Marker("", Hashtags.WORD, inline=True, words=("feeds", "other"))
    assert fitted(marker, pieces, Room(graphemes, length))[0] == text.replace("to feeds.", "to #feeds.")


def test_a_note_without_a_line_of_hashtags_keeps_those_it_has_room_for() -> None:
    marker = Marker("", Hashtags.WORD, inline=True, words=("feeds", "SelfHosting"))
    note = [Piece(Role.BODY, "A word about feeds and then about self hosting, for once.")]
    assert fitted(marker, note, Room(graphemes, 30))[0] == "A word about #feeds and then…"


def test_long_texts_are_cut_quickly() -> None:
    counted: list[int] = []

    def counting(text: str) -> int:
        counted.append(len(text))
        return len(text)

    text = "A sentence (with brackets) and https://x.example/ in it. " * 2_000
    assert len(fit(Marker(LINK, Hashtags.WORD).mark([Piece(Role.BODY, text)]), counting, 300)[0]) <= 300
    assert sum(counted) < 5 * len(text)
