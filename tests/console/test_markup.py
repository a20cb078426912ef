"""Markup becomes text and entities exactly as Telegram does it; broken markup is refused in Telegram's words."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.console.errors import ApiError
from bot.console.text import formatted, utf16_length


def kinds(entities: list[dict[str, Any]]) -> list[tuple[str, int, int]]:
    return [(entity["type"], entity["offset"], entity["length"]) for entity in entities]


def test_html_nests_and_counts_utf16_units() -> None:
    text, entities = formatted("😀 <b>bold <i>both</i></b> &lt;ok&gt; &#128512;", "HTML", None)
    assert text == "😀 bold both <ok> 😀"
    assert kinds(entities) == [("bold", 3, 9), ("italic", 8, 4)]
    assert utf16_length(text) == 20


def test_html_code_with_a_language_becomes_one_pre() -> None:
    text, entities = formatted('<pre><code class="language-sql">SELECT 1;</code></pre>', "html", None)
    assert text == "SELECT 1;"
    assert entities == [{"type": "pre", "offset": 0, "length": 9, "language": "sql"}]


def test_html_links_quotes_and_spoilers() -> None:
    link, quote = '<a href="https://example.org/?a=1&amp;b=2">x</a>', "<blockquote expandable>q</blockquote>"
    source = f"{link}{quote}<tg-spoiler>s</tg-spoiler>"
    _, entities = formatted(source, "HTML", None)
    assert [entity["type"] for entity in entities] == ["text_link", "expandable_blockquote", "spoiler"]
    assert entities[0]["url"] == "https://example.org/?a=1&b=2"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("<b>bold", 'Can\'t find end tag corresponding to start tag "b"'),
        ("ю<b", "Unclosed start tag at byte offset 2"),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("<h1>x</h1>", 'Unsupported start tag "h1" at byte offset 0'),
        ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ('<a href="x>y</a>', "Unclosed start tag at byte offset 0"),
        ("<a =1>y</a>", 'Empty attribute name in the tag "a" at byte offset 0'),
    ],
)
def test_broken_html_is_refused(source: str, reason: str) -> None:
    with pytest.raises(ApiError) as refused:
        formatted(source, "HTML", None)
    assert refused.value.description == f"Bad Request: can't parse entities: {reason}"


def test_markdown_v2_knows_every_entity() -> None:
    source = (
        "*b* _i_ __u__ ~s~ ||x|| `c` [l](https://example.org) "
        "```sql\nSELECT 1;```\n>quote\n>more\n**>folded\n>end||\n1\\.5 bar\\!"
    )
    text, entities = formatted(source, "MarkdownV2", None)
    assert text.endswith("1.5 bar!")
    assert [entity["type"] for entity in entities] == [
        "bold", "italic", "underline", "strikethrough", "spoiler", "code", "text_link", "pre",
        "blockquote", "expandable_blockquote",
    ]  # fmt: skip
    assert next(entity for entity in entities if entity["type"] == "pre")["language"] == "sql"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("1.5 bar", "Character '.' is reserved and must be escaped with the preceding '\\'"),
        ("HP-1", "Character '-' is reserved and must be escaped with the preceding '\\'"),
        ("a > b", "Character '>' is reserved and must be escaped with the preceding '\\'"),
        ("ю *bold", "Can't find end of Bold entity at byte offset 3"),
        ("_a*b_c*", "Can't find end of Bold entity at byte offset 2"),
        ("[x](http://a", "Can't find end of a URL at byte offset 4"),
        ("```py\nx", "Can't find end of PreCode entity at byte offset 0"),
    ],
)
def test_broken_markdown_v2_is_refused(source: str, reason: str) -> None:
    with pytest.raises(ApiError) as refused:
        formatted(source, "MarkdownV2", None)
    assert refused.value.description.startswith(f"Bad Request: can't parse entities: {reason[:24]}")


@settings(deadline=None)  # a busy machine is no failure
@given(
    st.text(alphabet="ab 😀\n\r\\_*[]()~`>#|!<>/&;=\"'", max_size=60),
    st.sampled_from(["HTML", "Markdown", "MarkdownV2"]),
)
def test_any_text_is_parsed_or_refused_and_entities_fit(source: str, parse_mode: str) -> None:
    try:
        text, entities = formatted(f"<b>{source}</b>" if parse_mode == "HTML" else source, parse_mode, None)
    except ApiError:
        return
    assert text == text.strip(" \n") or entities
    for entity in entities:
        assert entity["length"] > 0
        assert 0 <= entity["offset"] <= utf16_length(text) - entity["length"]


def test_old_markdown() -> None:
    text, entities = formatted("*b* _i_ `c` [l](https://example.org) \\_x", "Markdown", None)
    assert text == "b i c l _x"
    assert [entity["type"] for entity in entities] == ["bold", "italic", "code", "text_link"]
    with pytest.raises(ApiError, match="Can't find end of the entity starting at byte offset 2"):
        formatted("a *b", "Markdown", None)


def test_outer_blanks_go_and_entities_move_along() -> None:
    text, entities = formatted("  \n x <b>y</b> \n", "HTML", None)
    assert (text, kinds(entities)) == ("x y", [("bold", 2, 1)])


def test_given_entities_must_fit_the_text() -> None:
    bold = {"type": "bold", "offset": 0, "length": 2}
    assert kinds(formatted("ab", "", [bold])[1]) == [("bold", 0, 2)]
    with pytest.raises(ApiError, match="ends after the end of the text at UTF-16 offset 9"):
        formatted("ab", "", [{**bold, "length": 9}])
    with pytest.raises(ApiError, match="begins in a middle of a UTF-16 symbol at byte offset 4"):
        formatted("😀a", "", [{**bold, "offset": 1, "length": 1}])
    with pytest.raises(ApiError, match="unsupported type"):
        formatted("ab", "", [{**bold, "type": "blink"}])


def test_commands_links_and_mentions_are_found_outside_of_code() -> None:
    text = "/start see https://example.org/a?b=1. by @ivan_petrov #pump me@example.org 1/2"
    _, entities = formatted(text, "", None)
    found = [text[entity["offset"] : entity["offset"] + entity["length"]] for entity in entities]
    assert found == ["/start", "https://example.org/a?b=1", "@ivan_petrov", "#pump", "me@example.org"]
    assert [entity["type"] for entity in formatted("<code>/start</code>", "HTML", None)[1]] == ["code"]


def test_an_unknown_parse_mode_is_refused() -> None:
    with pytest.raises(ApiError, match="unsupported parse_mode"):
        formatted("x", "BBCode", None)
