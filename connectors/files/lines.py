"""Which line of a file is meant. Python reads the file here, row by row: slow, and only for looking things up."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

csv.field_size_limit(1 << 24)  # beyond the longest line that DuckDB takes, so that looking for a line never fails on it


def rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of each row below the header."""
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        reader = csv.reader(file)
        next(reader, None)
        line = reader.line_num + 1
        for row in reader:
            yield line, row
            line = reader.line_num + 1


def lines_at(path: Path, positions: Iterable[int]) -> dict[int, int]:
    """The line of each byte position (both counted from 1). The engine counts rows, and a quoted cell may hold several lines."""
    found, line, before = {}, 1, 0
    with path.open("rb") as file:
        for position in sorted(set(positions)):
            line += sum(block.count(b"\n") for block in _blocks(file, position - 1 - before))
            here = file.read(1)
            before = position
            line_end = here == b"\n"  # with CRLF the engine starts a row one byte early
            found[position] = line + line_end
            line += line_end
    return found


def _blocks(file: BinaryIO, size: int) -> Iterator[bytes]:
    while size > 0 and (block := file.read(min(size, 1 << 20))):
        size -= len(block)
        yield block
