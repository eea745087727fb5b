"""One CSV file that goes out: read as people left it, changed in memory, replaced whole.

A cell that a spreadsheet would run as a formula (it starts with = + - @, a tab or a return) is written with a quote before it and read
without. Columns and rows of people's own are kept as they are.
"""

from __future__ import annotations

import csv
import io
import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    from connectors.contract import Value

FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")


@dataclass(slots=True, kw_only=True)
class Book:
    """The rows of a file by their key column. `save` writes nothing when nothing differs."""

    path: Path
    key: str
    header: list[str]
    rows: dict[str, dict[str, str]] = field(default_factory=dict)
    strays: list[dict[str, str]] = field(default_factory=list)
    """Rows without a key, and repeats of one: not ours to read, not ours to lose."""
    before: str = ""

    @classmethod
    def read(cls, path: Path, key: str, columns: tuple[str, ...]) -> Book:
        """What is there now; empty when the file is not. Raises OSError, UnicodeDecodeError."""
        book = cls(path=path, key=key, header=list(columns))
        if not path.exists():
            return book
        with path.open(encoding="utf-8-sig", newline="") as file:  # newline as written: a text may hold any
            book.before = file.read()
        reader = csv.reader(io.StringIO(book.before, newline=""))
        names = [name.strip() for name in next(reader, [])]
        book.header += [name for name in names if name and name not in columns]
        for cells in reader:
            if any(cells):
                book._take(dict(zip(names, map(plain, cells), strict=False)))
        return book

    def _take(self, row: dict[str, str]) -> None:
        key = row.get(self.key, "").strip()
        if key and key not in self.rows:
            self.rows[key] = row
        else:
            self.strays.append(row)

    def save(self) -> bool:
        """Replace the file; says whether it was written. A reader sees the old file or the new one, also after a power cut."""
        text = self._text()
        if text == self.before or (not self.before and not self.rows):
            return False
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        mode = self.path.stat().st_mode & 0o777 if self.path.exists() else 0o600
        new = self.path.with_name(f".{self.path.name}.new")
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.chmod(mode)
        new.replace(self.path)
        self._sync_directory()
        self.before = text
        return True

    def _sync_directory(self) -> None:
        if os.name == "posix":
            handle = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    def _text(self) -> str:
        out = io.StringIO(newline="")
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(self.header)
        for row in [*self.rows.values(), *self.strays]:
            writer.writerow([guarded(row.get(name, "")) for name in self.header])
        return out.getvalue()


def text_of(value: Value) -> str:
    """A value as a cell: empty for None, true/false, the shortest form of a number."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else repr(value)


def guarded(text: str) -> str:
    """A cell that no spreadsheet runs. A negative number is a number and stays one."""
    return f"'{text}" if FORMULA.match(text) and not _is_number(text) else text


def plain(text: str) -> str:
    """What was written, from what `guarded` made of it."""
    return text[1:] if text.startswith("'") and FORMULA.match(text) else text


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-\d+(\.\d+)?(e[+-]?\d+)?", text) is not None
