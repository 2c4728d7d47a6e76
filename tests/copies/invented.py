"""Posts that nobody has written: as people write, in many scripts, with links, tags, emoji and mark-up, from a number.

The same number gives the same post. What makes it hard is here on purpose: addresses of every length with brackets and
full stops behind them, words without blanks, marks, joiners, `@` and `#` in prose, hashtags of one's own.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

from syndicator.connector import Attachment, Card
from syndicator.post import Kind, Post
from syndicator.render.plain import sanitise, to_text
from syndicator.render.style import Person, Style

WORDS = [
    line.split()
    for line in """
the kettle clicked and nobody moved because Sunday is long here, isn’t it? “Never again”, she said; (twice) — café naïve
die Donaudampfschifffahrtsgesellschaft und Grundstücksverkehrsgenehmigungszuständigkeit sind „schön“, d. h. lang – so
Straße Weiß Öl „ja“
l’été où nous n’avons rien fait\u00a0: «\u00a0Bonjour\u202f!\u00a0» c’était décidé, œuvre à côté
İstanbul’da ışıklar ıslak KIŞ geldi çünkü Żółw sąsiadów źródło Łódź gęślą jaźń
чай на даче остыл, а письмо лежит — «Прочти», ґудзики їх Дунав љубав
η θάλασσα σήμερα δεν έχει τίποτα; Κόσμος ΚΟΣΜΟΣ ἐν ἀρχῇ
القهوة باردة، لكن الحديث ما زال ساخنًا؟ كَتَبَ می\u200cخواهم کتاب\u200cخانه ۱۲۳
החתול ישן על המקלדת, ״בוא מחר״ עֵץ הַשָּׂדֶה שלום
चाय ठंडी हो गई। क्षेत्रीय हिन्दी में क्\u200dष ज़रूरी है
বৃষ্টি থামল, কিন্তু ছাতাটা ক্ষুদ্রঋণ স্বাধীনতা।
แมวนอนทับหนังสือพิมพ์ ข่าววันนี้จึงมีแต่ขน เชียงใหม่ที่น้ำท่วม
茶凉了，话还热着。 胡同里的时间是横着走的，“走了” 書店（據說）今天
猫が原稿の上で寝ている。 「もう一回」 レオナルド・ダ・ヴィンチ ｶﾅ ＡＢＣ
커피는 식었고 마감은 뜨겁다. 서울에서 \u1112\u1161\u11ab글
ღვინო კარგია, სიმღერა Ծիրանը հասավ՝ դեռ ոչ։ ቡናው ፈላ፤ ጎረቤቶች መጡ።
👩‍👩‍👧‍👦 👍🏽 🇩🇪🇯🇵 ❤️‍🔥 #️⃣ 🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f 🕊️ ☕ z͑ͫ̓ąl̈g̃o e\u0301t\u0323e\u0301
@dataclass @ada @me@x.example #selector #tea ＃電卓 #42 C# a@b.example HEAD@{1} [x](y) {{x}} {%x%} <b>
_a_ *b* ~c~ \\ | & 50% $1
""".strip().split("\n")
]
TAGS = """
tea|self hosting|Web Development|C++|C#|.NET|Q&A|rock 'n' roll|été|l’Île-de-France|İstanbul|KIŞ|Łódź|чай|κόσμος|قهوة|
کتاب\u200cخانه|חתול|हिन्दी|বৃষ্টি|แมว|東京|猫|서울|ღვინო|ծիրան|ቡና|🎂|2026|web-dev|webdev|#already|a_b|iOS tips|
e\u0301te\u0301|a tag that goes on and on until nobody remembers how it began or why
""".replace("\n", "").split("|")
HOSTS = "blog.example.org a.example x.com münchen.example sub.domain.co.uk 例え.jp v2.x.io localhost.example".split()  # noqa: SIM905
PATHS = (
    "",
    "/",
    "/a",
    "/a_(b)",
    "/wiki/Lead_(metal)",
    "/p?a=1&b=2",
    "/p#frag",
    "/~me/",
    "/straße/é?ü=ß",
    "/駅/昭和",
    "/a,b;c",
    "/x%20y",
    "/@ada/1",
    "/long/" + "segment/" * 30,
    "/q?" + "&".join(f"k{n}=v{n}" for n in range(20)),
    "/#!/x",
    "/a*b_c",
)
HARD = ("/end.", "/a|d", "/x*", "/(")  # where an address ends here only its mark-up says
TEMPLATES = (
    None,
    None,
    None,
    "{{ title }}\n\n{{ link }}\n\n{{ hashtags }}",
    "{{ title | upper }}: {{ summary }} ({{ link }}) {{ hashtags }}",
    "{% if kind == 'note' %}{{ text }}{% else %}New: {{ title }} {{ link }}{% endif %}",
    "{{ hashtags }} {{ link }}\n{{ text }}",
    "{{ text | shorten(80) }} {{ title ~ ' ' }}{{ link }}",
    "{{ text | first_paragraph }} – {{ author }} {{ date }}",
)
PICTURE = Attachment(b"\x89PNG\r\n\x1a\n", "ab" * 32, "image/png", 4, 3, "An image", "ab.png")
PEOPLE = (Person("ada", ("https://ada.example/", "https://a.example/@ada/1"), "@ada@social.example"),)
_MARKUP = (
    "{}",
    "{}",
    "{}",
    "{}",
    "<em>{}</em>",
    "<strong>{}</strong>",
    "<code>{}</code>",
    "<q>{}</q>",
    "<del>{}</del>",
)
_AROUND = ("{}", "({})", "“{}”.", "{},", "{}!", "「{}」", "{}…", "{}:")
_BLOCKS = (
    "<p>{}</p>",
    "<p>{}</p>",
    "<p>{}</p>",
    "<blockquote><p>{}</p></blockquote>",
    "<ul><li>{}</li><li>and<ol><li>one</li></ol></li></ul>",
    "<pre><code>{}\n</code></pre>",
    "<h2>{}</h2>",
    "<p>{}<br>so</p>",
    "<table><tr><td>{}</td><td>1</td></tr></table>",
)


@dataclass(frozen=True, slots=True)
class Invented:
    post: Post
    style: Style
    links: frozenset[str]  # all that a copy may lead to
    card: Card | None
    images: tuple[Attachment, ...]


def invented(number: int) -> Invented:
    return _Author(random.Random(number)).invents()


class _Author:
    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.links: set[str] = set()

    def invents(self) -> Invented:
        pick = self.chance.choice
        kind = pick([Kind.NOTE, Kind.NOTE, Kind.ARTICLE, Kind.ARTICLE, Kind.LINK, Kind.PHOTO])
        link = pick([None, self.address(), "https://blog.example.org/2026/11/a-post/"])
        external = self.address() if kind is Kind.LINK else None
        html = sanitise("".join(self.block() for _ in range(pick([0, 1, 1, 2, 3, 5, 12]))))
        post = Post(
            guid=None,
            link=link,
            title="" if kind is Kind.NOTE else self.line(pick([1, 5, 9, 60])),
            html=html,
            text=to_text(html),
            summary=pick(["", "", self.line(12), self.line(80)]),
            published=datetime(2026, 11, 20, 12, tzinfo=UTC),
            tags=tuple(self.chance.sample(TAGS, pick([0, 1, 2, 3, 5, 9]))),
            language=pick([None, "en", "de", "zh-Hant"]),
            kind=kind,
            external_link=external,
        )
        self.links |= {"https://ada.example/"} | {url for url in (link, external) if url}
        card = Card(link, post.title or "A page") if link and pick([True, True, False]) else None
        images = (PICTURE,) * (1 if kind is Kind.PHOTO else pick([0, 0, 0, 2]))
        return Invented(post, self.style(), frozenset(self.links), card, images)

    def style(self) -> Style:
        pick = self.chance.choice
        return Style(
            template=pick(TEMPLATES),
            where="networks.d/n.toml",
            backlink=pick(["auto", "auto", "auto", "always", "never", "cite"]),
            hashtags=pick([0, 2, 5, 5, 30]),
            hashtag_place=pick(["inline", "inline", "end"]),
            content_warning=pick(["", "", "", "Food", self.line(4), self.line(90)]),
            card=pick(["auto", "auto", "always", "never"]),
            thread=pick(["never", "never", "plain", "numbered"]),
            people=pick([(), PEOPLE]),
            rename=pick([{}, {"tea": "Chai", "c++": ""}]),
            network="n",
        )

    def block(self) -> str:
        return self.chance.choice(_BLOCKS).format(
            " ".join(self.phrase() for _ in range(self.chance.choice([1, 2, 4, 9])))
        )

    def phrase(self) -> str:
        if self.chance.random() < 0.12:
            return self.linked()
        return self.chance.choice(_MARKUP).format(escape(self.words(self.chance.choice([1, 3, 8]))))

    def linked(self) -> str:
        if self.chance.random() < 0.5:
            self.links.add(url := self.address())
            return escape(self.chance.choice(_AROUND).format(url))
        self.links.add(url := self.address(*HARD))
        return f'<a href="{escape(url)}">{escape(self.words(2))}</a>'

    def address(self, *more: str) -> str:
        return f"https://{self.chance.choice(HOSTS)}{self.chance.choice(PATHS + more)}"

    def line(self, count: int) -> str:
        return self.words(count)

    def words(self, count: int) -> str:
        language = self.chance.choice(WORDS)
        start = self.chance.randrange(len(language))
        said = [language[(start + n) % len(language)] for n in range(count)]
        glue = "" if self.chance.random() < 0.05 else " "
        return glue.join(said)
