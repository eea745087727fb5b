"""Message as it arrived -> what its sender wrote now.

    HTML -> text -> without quoted replies, forwarded parts, signature, disclaimer, addresses -> lines put together

What somebody else wrote earlier in the thread must not be held against the sender, and a signature says nothing. Everything here runs
through the text a fixed number of times, so a megabyte of brackets costs what a megabyte of prose costs.
"""

from __future__ import annotations

import html
import re

from rules.language.replies import own_lines

BREAKS = {"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "table", "ul", "ol", "section", "article"}
SILENT = {"style", "script", "head", "title", "blockquote"}  # a blockquote in a mail is the quoted reply
QUOTE_MARK = re.compile(
    r"gmail_quote|gmail_extra|yahoo_quoted|moz-cite-prefix|protonmail_quote|divRplyFwdMsg|appendonsend|OutlookMessageHeader|reply-intro"
)
LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"]+", re.IGNORECASE)
ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
LONGEST_TAG = 5000  # a "<" whose ">" is farther away is a less-than sign; so brackets cost no more than prose
TAG_NAME = re.compile(r"/?[^\s/<>]+")
ENTITY_HINT = re.compile(r"&#?\w{2,8};")
WRAP = 60  # a line at least this long was broken by the mail program, not by its author
BLANK = re.compile(r"[\t\r\f\v\u00a0\u202f\u2009 ]+")
HIDDEN = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad]")


def clean(text: str) -> str:
    """Give the sender's own words, one line a paragraph."""
    if "<" in text and ">" in text:
        text = without_markup(text)
    if "&" in text and ENTITY_HINT.search(text):
        text = html.unescape(text)
    if not text.isascii():
        text = HIDDEN.sub("", text)
    if "\n" in text:
        text = _joined(own_lines(text.replace("\r\n", "\n").split("\n")))
    if "@" in text:
        text = ADDRESS.sub(" ", text)
    if "://" in text or "www." in text:
        text = LINK.sub(" ", text)
    return BLANK.sub(" ", text)


def without_markup(text: str) -> str:
    """Take tags out; styles, scripts and quoted parts go with their content. One pass."""
    pieces: list[str] = []
    place, silent, depth = 0, "", 0
    while (start := text.find("<", place)) >= 0:
        if not silent:
            pieces.append(text[place:start])
        if text.startswith("<!--", start):
            end = text.find("-->", start + 4)
            place = len(text) if end < 0 else end + 3
            continue
        tag = _tag(text, start)
        if not tag:
            pieces.append("" if silent else "<")
            place = start + 1
            continue
        name = (TAG_NAME.match(tag) or [""])[0].strip("/").lower()
        silent, depth = _silence(tag, name, silent, depth)
        if name in BREAKS and not silent:
            pieces.append("\n")
        elif not silent:
            pieces.append("" if name in {"b", "i", "em", "strong", "span", "u", "a", "font"} else " ")
        place = start + len(tag) + 2
    if not silent:
        pieces.append(text[place:])
    return "".join(pieces)


def _tag(text: str, start: int) -> str:
    """Give what stands between a "<" and its ">", nothing when it is no tag but a sign or an address."""
    first = text[start + 1 : start + 2]
    if not first.isalpha() and first not in {"/", "!", "?"}:
        return ""
    tag = text[start + 1 : max(start, text.find(">", start, start + LONGEST_TAG))]
    return "" if "@" in tag.split("=", 1)[0] else tag


def _silence(tag: str, name: str, silent: str, depth: int) -> tuple[str, int]:
    """Which element is being left out, and how deep inside it we are."""
    closing, closed = tag.startswith("/"), tag.endswith("/")
    if silent:
        if name == silent and not closed:
            depth += -1 if closing else 1
        return (silent, depth) if depth else ("", 0)
    if not closing and not closed and (name in SILENT or (name == "div" and QUOTE_MARK.search(tag))):
        return name, 1
    return "", 0


def _joined(lines: list[str]) -> str:
    """Put lines together that a mail program broke."""
    pieces: list[str] = []
    for line in lines:
        stripped = line.strip()
        pieces.append(stripped)
        pieces.append(" " if len(stripped) >= WRAP else "\n")
    return "".join(pieces)
