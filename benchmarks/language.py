"""Measure the language part on messages of your own: recall, precision and flag rates with their 95 % intervals, speed, and a peer.

    python benchmarks/language.py                                the held-out messages beside the tests
    python benchmarks/language.py MESSAGES.ndjson ... [--no-peer]
    {"text": "...", "kind": "insult", "lang": "fr"}              one message a line; lang may be missing, more keys do no harm

`kind` is what a person says the message is: a category (insult, threat, violence, discrimination_or_harassment, rude, leave_threat ...), several
of them in a list, or a word of your own for what should not be called abuse (`angry`, `profane`, `none` ...). "Abuse" is one of the first four. A
public corpus of insults (label 1) and other comments (label 0) becomes kinds `insult` and `none`. Nothing of the messages is printed or kept.

The peer is installed into an environment of its own, which needs a package index; it knows profanity only, so it is compared on one question: is
this message abuse?
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
from math import sqrt
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
ABUSE = frozenset({"insult", "threat", "violence", "discrimination_or_harassment"})
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
    parser.add_argument("messages", nargs="*", type=Path, default=[ROOT / "tests/rules/language/heldout.ndjson"])
    parser.add_argument("--peer", default="better-profanity")
    parser.add_argument("--no-peer", action="store_true")
    options = parser.parse_args()
    for path in options.messages:
        rows = read(path)
        found, seconds = ours([(row["text"], row.get("lang")) for row in rows])
        print(f"{path}: {len(rows)} messages, {len(rows) / max(seconds, 1e-9):,.0f} a second on one core")
        by_kind(rows, found)
        by_category(rows, found)
        if not options.no_peer:
            flags, seconds = peer(options.peer, [row["text"] for row in rows])
            print(f"\n{options.peer}: {len(rows) / max(seconds, 1e-9):,.0f} messages a second")
            by_kind(rows, [{"insult"} if flag else set() for flag in flags])
    print(f"\nordinary mails of 430 characters, one core: {mails_a_second():,.0f} a second")


def read(path: Path) -> list[dict[str, Any]]:
    """Read the lines; one that does not fit ends the run and is named by its number."""
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        row = json.loads(line)
        kinds = row["kind"] if isinstance(row.get("kind"), list) else [row.get("kind")]
        if not isinstance(row.get("text"), str) or not all(isinstance(kind, str) for kind in kinds):
            sys.exit(f'{path}, line {number}: expected {{"text": "...", "kind": "insult" | ["insult", ...] | "none", "lang": "fr"}}')
        rows.append({"lang": None, **row, "kinds": kinds})
    return rows


def ours(messages: list[tuple[str, str | None]]) -> tuple[list[set[str]], float]:
    from rules.language import classify

    classify("warm up")
    start = time.process_time()
    found = [{hit.category for hit in classify(text, language)} for text, language in messages]
    return found, time.process_time() - start


def interval(hits: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's 95 % interval: honest for small counts and for shares near 0 and 1."""
    share, spread = hits / count, z * z / count
    middle, half = share + spread / 2, z * sqrt((share * (1 - share) + spread / 4) / count)
    return max(0.0, (middle - half) / (1 + spread)), min(1.0, (middle + half) / (1 + spread))


def share(hits: int, count: int) -> str:
    low, high = interval(hits, count)
    return f"{hits:6} of {count:<6} {hits / count:6.3f}  [{low:.3f}, {high:.3f}]"


def by_kind(rows: list[dict[str, Any]], found: list[set[str]]) -> None:
    """For each language and kind: how many have that very category, and how many are called abuse in any of its forms."""
    count: Counter[tuple[str, str]] = Counter()
    same, abuse = count.copy(), count.copy()
    for row, categories in zip(rows, found, strict=True):
        for kind in row["kinds"]:
            key = (str(row["lang"] or "?"), kind)
            count[key] += 1
            same[key] += kind in categories
            abuse[key] += bool(categories & ABUSE)
    print(f"\n{'':36} {'called just that':38} called abuse")
    for key in sorted(count):
        named = share(same[key], count[key]) if same[key] else f"{'-':>6}"
        print(f"{key[0]:3} {key[1]:32} {named:38} {share(abuse[key], count[key])}")


def by_category(rows: list[dict[str, Any]], found: list[set[str]]) -> None:
    """Precision of the kinds that the corpus has: said rightly / said. One form of abuse for another is right, and so is `rude` of abuse."""
    said: Counter[str] = Counter()
    right = said.copy()
    known = {kind for row in rows for kind in row["kinds"]}
    for row, categories in zip(rows, found, strict=True):
        meant = set(row["kinds"])
        for category in categories & known:
            said[category] += 1
            right[category] += category in meant or (category in ABUSE | {"rude"} and bool(meant & ABUSE))
    print(f"\n{'':36} precision")
    for category in sorted(said):
        print(f"    {category:32} {share(right[category], said[category])}")


def peer(package: str, texts: list[str]) -> tuple[list[bool], float]:
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder) / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", package], check=True)
        answer = subprocess.run([python, "-c", PEER], input=json.dumps(texts), capture_output=True, text=True, check=True)
    document = json.loads(answer.stdout)
    return document["flags"], document["seconds"]


def mails_a_second(count: int = 2000) -> float:
    """Mails of greeting, a few clean sentences, a closing formula and a quoted reply."""
    from rules.language import classify

    rows = read(ROOT / "tests/rules/language/heldout.ndjson")
    clean = [row["text"] for row in rows if not ABUSE & set(row["kinds"]) and row["kind"] in {"none", "angry", "profane"}]
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
