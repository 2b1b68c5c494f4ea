"""What a revision changed, paragraph by paragraph and word by word, as plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Literal, NamedTuple

RunKind = Literal["same", "added", "removed"]
ChangeKind = Literal["same", "added", "removed", "changed"]

# Matching takes quadratic time at worst: what is larger than this is said more coarsely.
MOST_COMPARISONS = 4_000_000
MOST_WORDS = 2_000
MOST_WORDS_COMPARED = 12_000
# Less alike than this, one paragraph has replaced another.
LEAST_LIKENESS = 0.4

PARAGRAPH_BREAK = re.compile(r"\n[ \t]*\n\s*")
WORD = re.compile(r"\S+\s*")
Opcode = tuple[str, int, int, int, int]


class Run(NamedTuple):
    """Consecutive words of one kind, with their spaces."""

    kind: RunKind
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """One paragraph; only a "changed" one has runs of several kinds."""

    kind: ChangeKind
    runs: tuple[Run, ...]


def _whole(kind: RunKind, paragraph: str) -> Change:
    return Change(kind, (Run(kind, paragraph),))


def _paragraphs(markdown: str) -> list[str]:
    text = markdown.replace("\r\n", "\n").strip()
    return PARAGRAPH_BREAK.split(text) if text else []


def _common_start(old: Sequence[str], new: Sequence[str]) -> int:
    count = 0
    for before, after in zip(old, new, strict=False):
        if before != after:
            break
        count += 1
    return count


def _opcodes(old: Sequence[str], new: Sequence[str]) -> Iterator[Opcode]:
    """difflib's opcodes; one replacement for a middle that is too large to be matched."""
    start = _common_start(old, new)
    end = _common_start(old[start:][::-1], new[start:][::-1])
    a, b = old[start : len(old) - end], new[start : len(new) - end]
    yield "equal", 0, start, 0, start
    if len(a) * len(b) > MOST_COMPARISONS:
        yield "replace", start, start + len(a), start, start + len(b)
    else:
        for tag, i1, i2, j1, j2 in SequenceMatcher(None, a, b).get_opcodes():
            yield tag, start + i1, start + i2, start + j1, start + j2
    yield "equal", len(old) - end, len(old), len(new) - end, len(new)


def _runs(old: list[str], new: list[str]) -> Iterator[Run]:
    """Words of both sides in reading order; an equal word keeps the wider of its two spaces."""
    for tag, i1, i2, j1, j2 in _opcodes([w.rstrip() for w in old], [w.rstrip() for w in new]):
        if tag == "equal":
            yield Run("same", "".join(max(pair, key=len) for pair in zip(old[i1:i2], new[j1:j2], strict=True)))
        else:
            yield Run("removed", "".join(old[i1:i2]))
            yield Run("added", "".join(new[j1:j2]))


def _changed(old: str, new: str) -> list[Change]:
    """The words that differ, or both paragraphs whole when most words do."""
    before, after = WORD.findall(old), WORD.findall(new)
    if max(len(before), len(after)) < MOST_WORDS:
        runs = tuple(run for run in _runs(before, after) if run.text)
        same = sum(len(run.text) for run in runs if run.kind == "same")
        if same >= LEAST_LIKENESS * min(len(old), len(new)):
            return [Change("changed", runs)]
    return [_whole("removed", old), _whole("added", new)]


def _replaced(old: list[str], new: list[str]) -> Iterator[Change]:
    words = 0
    for before, after in zip_longest(old, new):
        words += len((before or after).split())
        if before and after and words <= MOST_WORDS_COMPARED:
            yield from _changed(before, after)
        else:
            yield from [_whole("removed", before)] if before else []
            yield from [_whole("added", after)] if after else []


def readable_difference(old_markdown: str, new_markdown: str) -> list[Change]:
    """Every paragraph of both texts in reading order; under a second for texts of 200 kB."""
    old, new = _paragraphs(old_markdown), _paragraphs(new_markdown)
    changes: list[Change] = []
    for tag, i1, i2, j1, j2 in _opcodes(old, new):
        if tag == "equal":
            changes += [_whole("same", paragraph) for paragraph in new[j1:j2]]
        else:
            changes += _replaced(old[i1:i2], new[j1:j2])
    return changes
