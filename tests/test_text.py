"""Names as plain text."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from loco_mm.errors import InputError
from loco_mm.text import (
    file_name,
    is_unicode,
    markdown,
    markdown_table,
    printable,
    say,
    shortened,
    warn,
)


def test_half_characters_are_no_text():
    assert is_unicode("Ä\U0001f600")
    assert not is_unicode("a\ud83d")


@pytest.mark.parametrize(
    "text",
    [
        "dog barking",
        "$x_1^2$ <b>&amp;</b> %s {0}",
        "Größe, 日本語\u3000全角, سلام, été",
        # Joined emoji, and a non-breaking space.
        "\U0001f468\u200d\U0001f469 a\xa0b",
    ],
)
def test_what_is_text_stays(text):
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x07", r"\x1b[31mred\x07"),
        ("two\nlines\r\t\0", r"two\nlines\r\t\x00"),
        ("half \udcff", r"half \udcff"),
        ("turned \u202eknil", r"turned \u202eknil"),
        ("\u2028\x9b2J", r"\u2028\x9b2J"),
    ],
)
def test_orders_to_a_terminal_are_shown(text, shown):
    assert printable(text) == shown
    assert printable(text).encode()
    with pytest.warns(UserWarning) as caught:
        warn(text)
    assert str(caught[0].message) == shown
    assert caught[0].filename == __file__


def test_long_names_are_cut():
    assert shortened("12345", 5) == "12345"
    assert shortened("123456", 5) == "1234…"
    assert shortened("\n" * 9, 5) == "\\n\\n…"


def test_what_is_said_is_one_line(capsys):
    say("two\nlines \x1b[2J")
    assert capsys.readouterr().out == "two\\nlines \\x1b[2J\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("dog barking, 4.3 M (x/mAP) a_b_c 80 %", "dog barking, 4.3 M (x/mAP) a_b_c 80 %"),
        ("a|b <i>*c*</i> `d` __e__ _f", r"a\|b \<i\>\*c\*\</i\> \`d\` \_\_e\_\_ \_f"),
        (r"a\|b", r"a\\\|b"),
        ("[a](https://b.example) ![c](d)", r"\[a\](https\://b.example) !\[c\](d)"),
        (
            "www.b.example WWW.c @d #1 ~e~ &lt; $f$",
            r"www\.b.example WWW\.c \@d \#1 \~e\~ \&lt; \$f\$",
        ),
        ("two\nlines", r"two\\nlines"),
    ],
)
def test_nothing_in_markdown_is_markup(text, shown):
    assert markdown(text) == shown


def test_a_table_in_markdown():
    table = markdown_table(["x", "y"], [["a", "1"], ["", "2"]])
    assert table == "| x | y |\n| --- | --- |\n| a | 1 |\n|  | 2 |"


@given(st.text("ab12 \\`*_[]()<>|&;~#$@!:/.-+='\"{}\n\té", max_size=30))
def test_a_reader_of_markdown_shows_the_text(text):
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    found = parser.render(f"| | |\n|---|---|\n| x | {markdown(text)} |\n")
    _, cell = re.findall(r"<td>(.*?)</td>", found, re.S)
    assert html.unescape(cell).strip() == printable(text).strip()


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../a", "/a", "a/b", "a\\b", "a\0", "\ud800", "a/" * 99]
)
def test_names_that_lead_elsewhere(name):
    with pytest.raises(InputError) as caught:
        file_name("x.json", name, ".png")
    text = str(caught.value)
    assert len(text) < 200
    assert text.startswith("x.json: video id: expected a name without path separators, got '")


@pytest.mark.parametrize("name", ["a", "...", "-a b", "..a", "~", "Größe 日本語", "C:x"])
def test_names_of_files(name):
    assert file_name("x.json", name, ".png") == f"{name}.png"
