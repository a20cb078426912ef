"""Markdown to headings and plain blocks, through markdown-it's syntax tree.

Markup goes, words stay: links become their text, pictures their description, emphasis nothing.
"""

import html
import re
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from core.rag.outline import Outline

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?\n)?(?:---|\.\.\.)[ \t]*\n", re.DOTALL)
_FRONT_TITLE = re.compile(r"^title:\s*[\"']?(.+?)[\"']?\s*$", re.MULTILINE)
_HTML_HIDDEN = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_HTML_TAG = re.compile(r"</?[a-zA-Z][^>]*>")


@dataclass(frozen=True, slots=True)
class MarkdownPart:
    """A block: `kind` is text, table or code."""

    kind: str
    text: str
    heading_path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ParsedMarkdown:
    """The title (front matter's, else the first level-1 heading) and the blocks; the title is in no heading path."""

    title: str | None
    parts: tuple[MarkdownPart, ...]


def parse_markdown(text: str) -> ParsedMarkdown:
    """Parse CommonMark with tables; front matter is read for its title and dropped."""
    title = None
    if front := _FRONT_MATTER.match(text):
        found = _FRONT_TITLE.search(front[1] or "")
        title = found[1] if found else None
        text = text[front.end() :]
    tree = SyntaxTreeNode(MarkdownIt("commonmark").enable("table").parse(text))
    outline = Outline(title)
    parts: list[MarkdownPart] = []
    for node in tree.children:
        if node.type == "heading":
            outline.enter(int(node.tag[1:]), _inline(node))
        elif words := _words(node):
            parts.append(MarkdownPart(_kind(node), words, outline.path))
    if not parts and outline.seen:
        parts.append(MarkdownPart("text", "\n".join(outline.seen), ()))
    return ParsedMarkdown(outline.title, tuple(parts))


def _kind(node: SyntaxTreeNode) -> str:
    if node.type == "table":
        return "table"
    return "code" if node.type in ("fence", "code_block") else "text"


def _words(node: SyntaxTreeNode) -> str:
    """Return the block's words with its line structure."""
    if node.type in ("fence", "code_block"):
        return node.content.rstrip()
    if node.type == "html_block":
        return _without_html(node.content)
    if node.type == "table":
        rows = [row for part in node.children for row in part.children]
        return "\n".join(" | ".join(_inline(cell) for cell in row.children) for row in rows)
    if node.type in ("bullet_list", "ordered_list"):
        return "\n".join(_list_item(node, number, item) for number, item in enumerate(node.children))
    if node.type in ("blockquote", "list_item"):
        return "\n".join(words for child in node.children if (words := _words(child)))
    return _inline(node)


def _list_item(parent: SyntaxTreeNode, number: int, item: SyntaxTreeNode) -> str:
    start = int(parent.attrs.get("start", 1))
    marker = f"{start + number}. " if parent.type == "ordered_list" else "- "
    return marker + _words(item).replace("\n", "\n  ")


def _inline(node: SyntaxTreeNode) -> str:
    """Return the text of everything below `node`."""
    if node.type in ("text", "code_inline"):
        return node.content
    if node.type in ("softbreak", "hardbreak"):
        return "\n" if node.type == "hardbreak" else " "
    if node.type == "image":
        return "".join(_inline(child) for child in node.children)
    if node.type == "html_inline":
        return "\n" if node.content.lower().startswith("<br") else ""
    return "".join(_inline(child) for child in node.children).strip() if node.type == "inline" else _joined(node)


def _joined(node: SyntaxTreeNode) -> str:
    return "".join(_inline(child) for child in node.children)


def _without_html(source: str) -> str:
    text = html.unescape(_HTML_TAG.sub(" ", _HTML_HIDDEN.sub(" ", source)))
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)
