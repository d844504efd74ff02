"""What the decoder of lost letters asks about the places of a text: line ends, labels, and which case is due there."""

from typing import Final

import regex

_STARTS: Final = {".": 0.97, "!": 0.97, "?": 0.97, ":": 0.3, "+": 0.3, "(": 0.1}
"""How often a capital follows such a sign, or the start of a line, at the least."""
_LABEL: Final = regex.compile(r"^ *(?:\p{L}{1,2}\)|\d+[.)]|[-+–])$")
_AFTER_LABEL: Final = 0.92
_PLAIN_WORD: Final = 2
"""With so many small letters left, a word beside a stroke is a word and no part of a number."""
_PLAIN_BEFORE: Final = regex.compile(r"\p{Ll}{2}/$")
_BACK: Final = 24
"""So many letters before a word are looked at for what its case should be."""
_FIRST: Final = regex.compile(r"(?m)^\p{L}")
_BEFORE: Final = regex.compile(r"(?<!\p{L})\p{L}+(?:[,;)”\"]| *[-–])?$")
_LETTERS: Final = regex.compile(r"\p{L}+$")

SMALL: Final = 0
CAPITAL: Final = 1
ALL_CAPITALS: Final = 2
UNKNOWN: Final = -1
START: Final = -2


class Places:
    """The places of one text."""

    def __init__(self, text: str) -> None:
        """Find the line ends inside sentences, and where runs of letters end."""
        self.text = text
        self.wraps = wraps(text)
        """Line ends inside a sentence."""
        self.stops = _stops(text)
        """For each place the next place, itself counted, where no letter stands."""
        firsts = [m.group() for m in _FIRST.finditer(text) if m.start() - 1 not in self.wraps]
        self._line_starts = (sum(c.isupper() for c in firsts) + 4.0) / (len(firsts) + 5.0)
        self._around: dict[int, tuple[int, float]] = {}
        self._capitals: dict[int, bool] = {}

    def is_label(self, place: int) -> bool:
        """Whether a space stands where the label of a point should, as in " ) Các" for "đ) Các"."""
        if self.text[place + 1 : place + 2] != ")" or self.text[place] != " ":
            return False
        return not self.text[self.text.rfind("\n", 0, place) + 1 : place].strip()

    def at_line_end(self, place: int) -> bool:
        """Whether only spaces part a space from the start or the end of its line."""
        text = self.text
        left = place
        while left and text[left - 1] == " ":
            left -= 1
        if left == 0 or text[left - 1] == "\n":
            return True
        while place < len(text) and text[place] == " ":
            place += 1
        return place == len(text) or text[place] == "\n"

    def in_symbol(self, place: int, end: int) -> bool:
        """Whether the stretch touches the joints of a document number or an abbreviation."""
        text = self.text
        after, before = text[end : end + 1], text[place - 1 : place] if place else ""
        small = sum(c.islower() for c in text[place:end])
        if small < _PLAIN_WORD and ((after and after in "/&") or (before and before in "/&")):
            return not (small and before == "/" and _PLAIN_BEFORE.search(text, max(0, place - 4), place))
        return not small and "-" in (after, before)

    def around(self, place: int) -> tuple[int, float]:
        """The case of the word before: SMALL, CAPITAL, UNKNOWN, or ALL_CAPITALS for a whole line.

        At the start of a sentence it is START, with how often a capital follows such a start.
        """
        known = self._around.get(place)
        if known is None:
            known = self._around[place] = self._look(place)
        return known

    def _look(self, place: int) -> tuple[int, float]:
        text, end = self.text, place
        while end and (text[end - 1] == " " or (text[end - 1] == "\n" and end - 1 in self.wraps)):
            end -= 1
        if self._in_capitals(place):
            return ALL_CAPITALS, 0.0
        start = text.rfind("\n", 0, end) + 1
        if self.is_label(place):
            return SMALL, 0.0
        if end > start and text[end - 1].isalpha():
            first = _LETTERS.search(text, max(start, end - _BACK), end)
            return (CAPITAL if first and text[first.start()].isupper() else SMALL), 0.0
        line = text[max(start, end - _BACK) : end]
        if end - start < _BACK and _LABEL.search(line):
            return START, _AFTER_LABEL
        if not line.strip():
            return START, self._line_starts
        if line[-1] in _STARTS:
            return START, _STARTS[line[-1]]
        match = _BEFORE.search(line)
        if match is None:
            return UNKNOWN, 0.0
        return (CAPITAL if match.group()[0].isupper() else SMALL), 0.0

    def _in_capitals(self, place: int) -> bool:
        """Whether all letters of the line are capitals."""
        start = self.text.rfind("\n", 0, place) + 1
        known = self._capitals.get(start)
        if known is None:
            end = self.text.find("\n", start)
            line = self.text[start : end if end >= 0 else len(self.text)]
            known = self._capitals[start] = line.isupper() and sum(c.isalpha() for c in line) >= 4
        return known


def _stops(text: str) -> list[int]:
    stops = [len(text)] * (len(text) + 1)
    stop = len(text)
    for place in range(len(text) - 1, -1, -1):
        if not text[place].isalpha():
            stop = place
        stops[place] = stop
    return stops


def wraps(text: str) -> frozenset[int]:
    """The line ends (and blank lines after them) that only the paper's width made."""
    lines = text.split("\n")
    lengths = sorted(len(line.strip()) for line in lines if line.strip())
    if not lengths:
        return frozenset()
    width = lengths[int(len(lengths) * 0.9)] if len(lengths) > 5 else lengths[-1]
    found, place, open_line = set(), 0, False
    for line in lines:
        place += len(line)
        if line.strip():
            open_line = len(line.strip()) >= 0.75 * width and not line.rstrip().endswith((".", ";", ":"))
        if open_line:
            found.add(place)
        place += 1
    return frozenset(found)
