"""Lines of a mail -> the lines its sender wrote: quoted replies, forwarded parts, signature and disclaimer cut off.

The separators are those of Outlook, Gmail, Apple Mail, Thunderbird, Yahoo and of phones, in French and English. A reply below or between
quoted lines is kept; what stands below a quoted header without such marks is the older message and goes.
"""

from __future__ import annotations

import re

RULED = re.compile(
    r"^[\s>*]*(?:-{2,}|_{2,}|={2,})?\s*(?:original message|message d.origine|message original|forwarded message|message transf[eé]r[eé]"
    r"|begin forwarded message|d[eé]but du message (?:r[eé]exp[eé]di[eé]|transf[eé]r[eé])|message r[eé]exp[eé]di[eé])\b",
    re.IGNORECASE,
)
WROTE = re.compile(
    r"^[\s>]*(?:on\b.{4,160}\bwrote|le\b.{4,160}\ba\s[eé]crit|en date de\b.{4,160}\ba\s[eé]crit|.{3,120}\b(?:wrote|a\s[eé]crit))\s?:\s*$",
    re.IGNORECASE,
)
SENDER = re.compile(r"^[\s>*]*(?:from|de|exp[eé]diteur|von)\s?\*?\s?:", re.IGNORECASE)
SENT = re.compile(r"^[\s>*]*(?:sent|date|envoy[eé]|to|[aà]|subject|objet|cc)\s?(?:le)?\s?\*?\s?:", re.IGNORECASE)
CLOSER = re.compile(
    r"^\s*(?:bien )?(?:cordialement|bien [aà] (?:vous|toi)|sinc[eè]res? salutations|salutations(?: distingu[eé]es)?|cdlt|cdt|bonne (?:journ[eé]e|soir[eé]e|r[eé]ception)"
    r"|meilleures salutations|amicalement|respectueusement|(?:best|kind|warm|many)?\s?(?:regards|wishes)|sincerely(?: yours)?|yours (?:truly|sincerely|faithfully)"
    r"|cheers|best|thanks and regards|v/r)\s*[,.!]?\s*$",
    re.IGNORECASE,
)
PHONE = re.compile(
    r"^\s*(?:envoy[eé] (?:de|depuis) (?:mon|ma|mes|l.)|sent from (?:my|mail for|the)|get outlook for|t[eé]l[eé]charge[rz]? outlook|obtenir outlook)",
    re.IGNORECASE,
)
DISCLAIMER = re.compile(
    r"^\s*(?:(?:this|the information (?:contained )?in this) (?:e-?mail|message|communication).{0,160}(?:confidential|privileged|intended)"
    r"|(?:ce|le pr[eé]sent) (?:message|courriel|e-?mail|mail).{0,160}(?:confidentiel|destin[eé]|exclusi)|confidentiality notice|avis de confidentialit[eé]"
    r"|(?:please )?consider the environment|pensez [aà] l.environnement|afin de (?:pr[eé]server|contribuer).{0,60}environnement|disclaimer\s*:)",
    re.IGNORECASE,
)
POSTSCRIPT = re.compile(r"^\s*p\.?\s?s\.?\s?:?\s", re.IGNORECASE)
LONGEST = 240  # separators are short lines; longer ones are prose
SIGNATURE_LINES = 14


def own_lines(lines: list[str]) -> list[str]:
    """Keep what the sender wrote."""
    kept: list[str] = []
    for number, line in enumerate(lines):
        if line.lstrip().startswith(">"):
            continue
        short = line if len(line) <= LONGEST else ""
        if not short.strip():
            kept.append(line)
            continue
        if RULED.match(short) or _header_block(lines, number) or DISCLAIMER.match(short):
            break
        if _wrote(lines, number):
            if not _quoted_below(lines, number):
                break
            continue
        if short.rstrip().endswith(":") and WROTE.match(short):
            continue  # the second line of a wrapped header
        if line.rstrip() in {"--", "\u2014"} or PHONE.match(short):
            break
        kept.append(line)
    return _without_signature(kept)


def _wrote(lines: list[str], number: int) -> bool:
    """Tell "On Monday, X wrote:", also when the mail program broke the line."""
    line = lines[number]
    if line.rstrip().endswith(":") and WROTE.match(line):
        return True
    following = lines[number + 1].strip() if number + 1 < len(lines) else ""
    if not following.endswith(":"):
        return False
    begins = re.match(r"^\s*(?:on|le)\s", line, re.IGNORECASE) is not None
    return begins and len(line) + len(following) < LONGEST and WROTE.match(f"{line.strip()} {following}") is not None


def _quoted_below(lines: list[str], number: int) -> bool:
    """Tell whether marked lines follow; then a reply may stand between or below them."""
    following = [line for line in lines[number + 1 : number + 6] if line.strip()]
    return any(line.lstrip().startswith(">") for line in following[:2])


def _header_block(lines: list[str], number: int) -> bool:
    """Tell Outlook's "From: / Sent: / To:" block."""
    return SENDER.match(lines[number]) is not None and any(SENT.match(line[:LONGEST]) for line in lines[number + 1 : number + 4])


def _without_signature(lines: list[str]) -> list[str]:
    """Drop what follows a closing formula near the end, but not a postscript."""
    for number in range(max(0, len(lines) - SIGNATURE_LINES), len(lines)):
        if len(lines[number]) <= LONGEST and CLOSER.match(lines[number]):
            after = lines[number + 1 :]
            first = next((place for place, line in enumerate(after) if POSTSCRIPT.match(line[:LONGEST])), len(after))
            return [*lines[:number], *after[first:]]
    return lines
