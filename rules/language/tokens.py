"""Text -> normalised words: small letters, no accents, contractions written out, disguised words recognised.

    "T'es qu'un C*NNAAARD!!"  ->  tu es qu un connard .

The work on a word is remembered, since mails repeat themselves; what is remembered is bounded. A disguise (c*nnard, b1tch, connnnard,
f u c k) is undone only when what comes out is a word of the lexicons, so that part numbers and prices stay what they are.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

REMEMBERED = 50_000
LONGEST_WORD = 40
TOKEN = re.compile(r"[@#$]?\w+(?:['\u2019*@$!+#]+\w+)*\*{0,12}|[.!?\u2026]+|[,;:()]|[\"\u00ab\u00bb\u201c\u201d]|\n|\U0001f595")
SPACED = re.compile(r"(?<![\w.])[^\W\d_](?:[ .\-_*][^\W\d_]){2,24}(?!\w)")
LEET = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "@": "a", "$": "s", "!": "i", "+": "t"})
LIGATURES = str.maketrans({"\u0153": "oe", "\u0152": "oe", "\u00e6": "ae", "\u00c6": "ae", "\u00df": "ss", "\u2019": "'", "_": None})
ALIKE = str.maketrans(
    "\u0430\u0435\u043a\u043c\u043e\u0440\u0441\u0442\u0443\u0445\u0456\u03bf", "aekmopctyxio"
)  # Cyrillic and Greek letters that pose as Latin ones
MASK = re.compile(r"[*#$@!+]+")
MASKS = frozenset("*#$@!+")
RUN = re.compile(r"(.)\1{2,}")
MARK_OF = {",": ",", ";": ",", ":": ":", "(": "(", ")": ")", "\n": "\n"} | dict.fromkeys('"\u00ab\u00bb\u201c\u201d', '"')


def fold(word: str) -> str:
    """Small letters without accents."""
    if word.isascii():
        return word.lower().replace("_", "")
    decomposed = unicodedata.normalize("NFKD", word.translate(LIGATURES).lower().translate(ALIKE))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).replace("\u2019", "'")


class Tokeniser:
    """Splits texts with one vocabulary.

    `known` are the words of the lexicons, `expand` the contractions of both languages, `masked` the words that people hide behind signs: c**t is
    one of these before it is "cart".
    """

    def __init__(self, known: frozenset[str], expand: Mapping[str, tuple[str, ...]], masked: frozenset[str] = frozenset()) -> None:
        self._known = known
        self._expand = expand
        self._memory: dict[str, tuple[str, ...]] = {}
        self._masks: dict[tuple[str, int], list[str]] = {}
        for word in sorted(known, key=lambda word: (word not in masked, word)):
            self._masks.setdefault((word[:1], len(word)), []).append(word)

    def raw(self, text: str) -> list[str]:
        """Split, with letters that were spaced out put together."""
        return TOKEN.findall(SPACED.sub(self._together, text))

    def words(self, token: str) -> tuple[str, ...]:
        """Normalise one token to no, one or several words or marks."""
        found = self._memory.get(token)
        if found is None:
            if len(self._memory) >= REMEMBERED:
                self._memory.clear()
            found = self._memory[token] = self._normal(token)
        return found

    def _together(self, match: re.Match[str]) -> str:
        letters = re.sub(r"[ .\-_*]", "", match[0])
        return letters if len(letters) >= 3 and fold(letters) in self._known else match[0]

    def _normal(self, token: str) -> tuple[str, ...]:
        if (mark := MARK_OF.get(token)) is not None:
            return (mark,)
        if token[0] in ".!?\u2026":
            return (".",)
        word = fold(token)
        if not word or len(token) > LONGEST_WORD:
            return ("*",)
        if (expanded := self._expand.get(word)) is not None:
            return expanded
        if word in self._known or word.isalpha():
            return (self._stretched(word),)
        return self._disguised(word)

    def _stretched(self, word: str) -> str:
        """Connnnard -> connard, fuuuck -> fuck: letters repeated three times and more."""
        if word in self._known or not RUN.search(word):
            return word
        for kept in (r"\1", r"\1\1"):
            if (shorter := RUN.sub(kept, word)) in self._known:
                return shorter
        return RUN.sub(r"\1", word)

    def _disguised(self, word: str) -> tuple[str, ...]:
        if "'" in word:
            return tuple(part for piece in word.split("'") if piece for part in self.words(piece))
        plain = word.lstrip("#")
        if word[0] == "@" and (leet := plain.translate(LEET)) not in self._known:
            return ("@",)
        for candidate in (plain, plain.translate(LEET), plain.replace("1", "l").translate(LEET)):
            if len(leet := self._stretched(candidate)) > 3 and leet in self._known and not plain.isdigit():
                return (leet,)
        if plain.isalnum():
            return (plain,)
        if (unmasked := self._unmask(plain)) is not None:
            return (unmasked,)
        pieces = [piece for piece in MASK.split(plain) if piece]
        return tuple(part for piece in pieces for part in self.words(piece)) if len(pieces) > 1 else (*pieces, "*")[:1]

    def _unmask(self, word: str) -> str | None:
        """c*nnard -> connard, f**k -> fuck: a sign stands for a letter, the first letter is shown."""
        if not word[0].isalpha() or len(MASK.sub("", word)) < 2:
            return None
        shown = [(place, letter) for place, letter in enumerate(word) if letter not in MASKS]
        alike = (known for known in self._masks.get((word[0], len(word)), ()) if all(known[place] == letter for place, letter in shown))
        return next(alike, None)
