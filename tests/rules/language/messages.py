"""The files of hand-written messages and what is measured on them.

tune to tune4 and clean (traps and angry customers) were looked at while the lexicons were written, heldout and heldout2 only measured. `kind` is the
category meant; `none` is ordinary or tricky but clean, `angry` a displeased customer who insults nobody, `profane` swears at nobody.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from rules.language import classify

ABUSE = {"insult", "threat", "violence", "discrimination_or_harassment"}
CLEAN = {"none", "angry", "profane"}
HERE = Path(__file__).parent


def rows(name: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in (HERE / f"{name}.ndjson").read_text(encoding="utf-8").splitlines()]


def measure(name: str, judge=classify) -> dict[str, float]:
    """Recall of each kind and language, share of clean messages called abuse, precision of `rude`."""
    seen, found = Counter(), Counter()
    for row in rows(name):
        categories = {hit.category for hit in judge(row["text"], row["lang"])}
        seen[row["lang"], row["kind"]] += 1
        wanted = ABUSE if row["kind"] in CLEAN | {"insult", "threat", "violence"} else {row["kind"]}
        found[row["lang"], row["kind"]] += bool(categories & wanted)
        if "rude" in categories:
            seen["rude said"] += 1
            found["rude said"] += row["kind"] == "rude" or row["kind"] in ABUSE
    figures = {
        f"{lang} {kind}": found[lang, kind] / count for (lang, kind), count in ((k, n) for k, n in seen.items() if isinstance(k, tuple))
    }
    return figures | {"rude precision": found["rude said"] / max(1, seen["rude said"])}
