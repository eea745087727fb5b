"""Measure the language part: precision and recall of each category, messages a second, and a peer on the same messages.

    python benchmarks/language.py [--messages FILE.ndjson] [--peer better-profanity] [--no-peer]

Without --messages the held-out file of the tests is used; a file of one's own has lines {id, text, lang, kind} with kind a category, `none`,
`angry` (displeased, insults nobody) or `profane` (swears at nobody). The peer is installed into an environment of its own, which needs a package index; it knows
profanity only, so it is compared on one question: is this message abuse?
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import venv
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
ABUSE = ("insult", "threat", "violence", "discrimination_or_harassment")
CLEAN = ("none", "angry", "profane")
PEER = """
import json, sys, time
from better_profanity import profanity
profanity.load_censor_words()
texts = json.load(sys.stdin)
start = time.process_time()
flags = [profanity.contains_profanity(text) for text in texts]
print(json.dumps({"flags": flags, "seconds": time.process_time() - start}))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=Path, default=ROOT / "tests/rules/language/heldout.ndjson")
    parser.add_argument("--peer", default="better-profanity")
    parser.add_argument("--no-peer", action="store_true")
    options = parser.parse_args()
    rows = [json.loads(line) for line in options.messages.read_text(encoding="utf-8").splitlines() if line.strip()]
    found, seconds = ours(rows)
    per_category(rows, found)
    flags = [bool(set(ABUSE) & categories) for categories in found]
    as_abuse("equilibre", rows, flags, seconds)
    if not options.no_peer:
        as_abuse(options.peer, rows, *peer(options.peer, [row["text"] for row in rows]))
    print(f"\nordinary mails of 430 characters, one core: {mails_a_second(rows):,.0f} a second")


def ours(rows: list[dict[str, str]]) -> tuple[list[set[str]], float]:
    from rules.language import classify

    classify("warm up")
    start = time.process_time()
    found = [{hit.category for hit in classify(row["text"], row.get("lang"))} for row in rows]
    return found, time.process_time() - start


def per_category(rows: list[dict[str, str]], found: list[set[str]]) -> None:
    """A kind is recalled when its category is among those found; precision counts a category said of a message of another kind against it."""
    kinds = sorted({row["kind"] for row in rows} - set(CLEAN))
    print(f"{'category':32} {'messages':>8} {'recall':>7} {'precision':>9}")
    for kind in kinds:
        meant = [row["kind"] == kind for row in rows]
        said = [kind in categories for categories in found]
        both = sum(m and s for m, s in zip(meant, said, strict=True))
        print(f"{kind:32} {sum(meant):8} {both / sum(meant):7.2f} {both / max(1, sum(said)):9.2f}")


def as_abuse(name: str, rows: list[dict[str, str]], flags: list[bool], seconds: float) -> None:
    flagged, count = Counter(), Counter()
    for row, flag in zip(rows, flags, strict=True):
        group = "abuse" if row["kind"] in ABUSE else row["kind"] if row["kind"] in CLEAN else "other"
        count[row["lang"], group] += 1
        flagged[row["lang"], group] += flag
    shares = ", ".join(f"{lang} {group} {flagged[lang, group] / n:.3f} of {n}" for (lang, group), n in sorted(count.items()))
    print(f"\n{name}: share called abuse: {shares}; {len(rows) / max(seconds, 1e-9):,.0f} messages a second")


def peer(package: str, texts: list[str]) -> tuple[list[bool], float]:
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder) / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", package], check=True)
        answer = subprocess.run([python, "-c", PEER], input=json.dumps(texts), capture_output=True, text=True, check=True)
    document = json.loads(answer.stdout)
    return document["flags"], document["seconds"]


def mails_a_second(rows: list[dict[str, str]], count: int = 2000) -> float:
    """Mails of greeting, a few clean sentences, a closing formula and a quoted reply."""
    from rules.language import classify

    clean = [row["text"] for row in rows if row["kind"] in CLEAN]
    mails = []
    for number in range(count):
        sentences = " ".join(clean[(number * 7 + step * 13) % len(clean)] for step in range(5))
        mails.append(
            f"Bonjour,\n\n{sentences}\n\nCordialement,\nJean Martin\n\nLe lun. 3 mars 2025 a 10:12, Service a \u00e9crit :\n> merci\n> bonjour\n"
        )
    start = time.process_time()
    for mail in mails:
        classify(mail)
    return count / (time.process_time() - start)


if __name__ == "__main__":
    main()
