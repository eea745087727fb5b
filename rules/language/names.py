"""Names of accounts and people, covered before anything is judged: Mr Cocu and the firm Conard & Sons insult nobody.

A name of several words is covered in any spelling, a name of one word only where it is written with a capital, since it may be a common
word as well. What follows a title (M., Mme, Mr, Dr ...) is a name without being listed, and two capitals are initials.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rules.language.tokens import TOKEN, fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

COVER = "*"  # a word that no pattern knows
TITLES = frozenset(
    {"m", "mr", "mrs", "ms", "mme", "mlle", "mister", "monsieur", "madame", "mademoiselle", "maitre", "me", "dr", "docteur", "miss", "sir"}
)
SHORTEST = 2
INITIALS = 2  # letters


@lru_cache(maxsize=64)
def known_names(names: tuple[str, ...]) -> Mapping[str, tuple[tuple[str, ...], ...]]:
    """Index names by their first word."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for name in names:
        words = tuple(part for token in TOKEN.findall(name) if (part := fold(token)) and part[0].isalnum())
        if words and len("".join(words)) >= SHORTEST:
            found.setdefault(words[0], []).append(words)
    return {first: tuple(sorted(entries, key=len, reverse=True)) for first, entries in found.items()}


def cover(words: list[str], raws: Sequence[str], names: Mapping[str, tuple[tuple[str, ...], ...]], ambiguous: Iterable[str]) -> None:
    """Replace names in place. `raws` are the tokens as written, one for each word; `ambiguous` are first names that are words too."""
    doubtful = frozenset(ambiguous)
    for place, word in enumerate(words):
        if not raws[place][:1].isupper() and word not in names:
            continue
        for name in names.get(word, ()):
            if _stands(words, raws, place, name):
                words[place : place + len(name)] = [COVER] * len(name)
                break
        else:
            named = word in doubtful and (_as_a_name(words, raws, place) or _initials(raws, place))
            if named or _called(words, raws, place):
                words[place] = COVER


def _stands(words: Sequence[str], raws: Sequence[str], place: int, name: tuple[str, ...]) -> bool:
    if tuple(words[place : place + len(name)]) != name:
        return False
    return len(name) > 1 or raws[place][:1].isupper()


def _called(words: Sequence[str], raws: Sequence[str], place: int) -> bool:
    """Tell the word behind a title: "M. Conard" (the point may stand between)."""
    if not raws[place][:1].isupper() or raws[place].isupper() or place == 0:
        return False
    before = place - 2 if words[place - 1] == "." and place > 1 else place - 1
    return words[before] in TITLES and raws[before][:1].isupper() and place - before <= 2


def _as_a_name(words: Sequence[str], raws: Sequence[str], place: int) -> bool:
    """Tell "Hi Dick," and "Dick Miller" from "you dick"."""
    raw = raws[place]
    if not (raw[:1].isupper() and raw[1:].islower()):
        return False
    greeted = place > 0 and words[place - 1] in {
        "hi",
        "hello",
        "dear",
        "bonjour",
        "salut",
        "cher",
        "chere",
        "thanks",
        "merci",
        "and",
        "et",
        "with",
        "avec",
    }
    surname = place + 1 < len(raws) and raws[place + 1][:1].isupper() and raws[place + 1][1:].islower()
    inside = place > 0 and words[place - 1] not in {".", "\n", ",", "you", "a", "the", "un", "tu", "sale", "de", "d", "what"}
    return greeted or surname or inside


def _initials(raws: Sequence[str], place: int) -> bool:
    """Tell "Merci, PD" and "Ref. TG 4512" from "pd" and from a text that shouts."""
    near = raws[max(0, place - 2) : place + 3]
    return len(raws[place]) == INITIALS and raws[place].isupper() and not any(raw.isupper() for raw in near if len(raw) > INITIALS)
