"""Takes secrets and personal text out of anything that is logged or shown: the last net, after code that never puts them in.

Tokens of both CRMs, signed assertions, form and JSON secrets, basic credentials, proxy passwords, e-mail addresses, and the query text
of a URL (a SOQL literal may be a client's name) are replaced; identifiers of records and messages of the program stay readable.
"""

from __future__ import annotations

import re
from typing import Final

GONE: Final = "[removed]"

_SECRET_NAMES = r"(?:access_token|refresh_token|client_secret|private_key|assertion|password|signature|authorization|hapikey|sid|sessionid)"  # noqa: S105 - names of secrets
_PATTERNS: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), GONE),
    (re.compile(r"(?i)\b(bearer|basic|oauth)\s+[A-Za-z0-9!._~+/=-]{8,}"), rf"\1 {GONE}"),
    (re.compile(rf"(?i)([\"']?\b{_SECRET_NAMES}\b[\"']?\s*[=:]\s*)(\"[^\"]*\"|'[^']*'|[^\s&,;}}]+)"), rf"\1{GONE}"),
    (re.compile(r"\b00D[A-Za-z0-9]{12,15}![A-Za-z0-9._~+/=-]+"), GONE),  # Salesforce session
    (re.compile(r"\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"), GONE),  # signed assertion
    (re.compile(r"\bpat-[a-z]{2}\d?-[A-Za-z0-9-]{8,}"), GONE),  # HubSpot private app or service key
    (re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)[^\s/@:]+:[^\s/@]+@"), rf"\1{GONE}@"),  # proxy with password
    (re.compile(r"([?&]q=)[^&\s\"']+"), rf"\1{GONE}"),  # query text
    (re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"), GONE),  # e-mail address
)


def redact(text: str) -> str:
    """Take out of a text what must not be logged. Idempotent; text without secrets is returned as it is."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text
