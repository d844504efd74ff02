"""The search of the lost-letter decoder: all ways to read each space, weighed by the language model."""

import math
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import regex

from pipeline.repair import language
from pipeline.repair.lost_forms import LABEL, Forms, Mode, Word

_BEAM: Final = {Mode.LETTER: 8, Mode.BYTE: 16, Mode.COLLAPSED: 16}
_MARGIN: Final = {Mode.LETTER: 14.0, Mode.BYTE: 12.0, Mode.COLLAPSED: 12.0}
"""A state this far behind one that stands further on is given up."""
_WORDS: Final = 60
"""At most this many readings of one shown form."""
_EXTRA: Final = -2.5
"""What a second real space in a row costs inside a line; at either end of a line, _EDGE."""
_EDGE: Final = -0.5
_BLANK: Final = {Mode.LETTER: -7.0, Mode.BYTE: -14.0, Mode.COLLAPSED: -14.0}
_UNKNOWN: Final = -9.0
"""What a word unknown to the model costs, and each letter of it _UNKNOWN_LETTER."""
_UNKNOWN_LETTER: Final = -0.5
_STARTS: Final = {".": 0.97, "!": 0.97, "?": 0.97, ":": 0.3, "+": 0.3, "(": 0.1}
"""How often a capital follows such a sign, or the start of a line, at the least."""
_LABEL: Final = regex.compile(r"^ *(?:\p{L}{1,2}\)|\d+[.)]|[-+–])$")
_NUMBER: Final = regex.compile(r"\d+(?:[.,/]\d+)*")
_PLAIN_WORD: Final = 2
"""With so many small letters left, a word beside a stroke is a word and no part of a number."""
_BACK: Final = 24
"""So many letters before a word are looked at for what its case should be."""
_NO_LABEL: Final = -9.0
_FIRST: Final = regex.compile(r"(?m)^\p{L}")
_BEFORE: Final = regex.compile(r"(?<!\p{L})\p{L}+(?:[,;)”\"]| *[-–])?$")
_STOP: Final = regex.compile(r"[.;:!?…]+(?=\s|$)")


class Arc(NamedTuple):
    """A step of the search: a word with lost letters (its text), or a space taken as real (None)."""

    start: int
    end: int
    text: str | None


class Edge(NamedTuple):
    """An arc between two states, which are (place, context), and its log weight."""

    source: int
    target: int
    weight: float
    arc: Arc | None


@dataclass
class Search:
    """The lattice of one text: states, edges, and the best way to each state."""

    text: str
    forms: Forms
    mode: Mode
    symbols: dict[int, list[tuple[int, str, float]]]
    """Place -> (end, symbol, cost): where a known symbol with lost letters may stand."""
    wraps: frozenset[int]
    """Line ends inside a sentence."""
    edges: list[Edge] = field(default_factory=list)
    states: dict[tuple[int, int], int] = field(default_factory=dict)
    best: list[float] = field(default_factory=list)
    back: list[int] = field(default_factory=list)
    around: dict[int, tuple[int, float]] = field(default_factory=dict)
    capitals: dict[int, bool] = field(default_factory=dict)

    def run(self) -> None:
        """Fill the lattice from left to right."""
        self.model = language.model()
        firsts = [m.group() for m in _FIRST.finditer(self.text) if m.start() - 1 not in self.wraps]
        self.line_starts = (sum(c.isupper() for c in firsts) + 4.0) / (len(firsts) + 5.0)
        waiting: dict[int, list[tuple[int, int]]] = {0: [(language.BOUNDARY, 0)]}
        self.states[0, language.BOUNDARY] = 0
        self.best, self.back = [0.0], [-1]
        self.waiting = waiting
        beam, margin = _BEAM[self.mode], _MARGIN[self.mode]
        self.front = -1e18
        for place in range(len(self.text)):
            here = waiting.pop(place, None)
            if not here:
                continue
            if len(here) > beam:
                here = sorted(here, key=lambda item: -self.best[item[1]])[:beam]
            floor = (self.front if waiting else max(self.best[s] for _, s in here)) - margin
            live = [(context, state) for context, state in here if self.best[state] >= floor]
            if live:
                if not waiting:
                    self.front = -1e18
                self._leave(place, live)
        self.last = [state for _, state in waiting.get(len(self.text), [])]

    def _leave(self, place: int, live: list[tuple[int, int]]) -> None:
        text, char = self.text, self.text[place]
        if char == " " or char.isalpha():
            self._words(place, live)
        if char == " ":
            cost = _NO_LABEL if self._is_label(place) else _EDGE if self._at_line_end(place) else _EXTRA
            arc = Arc(place, place + 1, None)
            for context, state in live:
                self._step(state, place + 1, context, cost, arc)
            if cost == _EXTRA and place >= 2 and text[place - 2] != " ":
                self._blank(place, live)
        elif char == "\n":
            for context, state in live:
                self._step(state, place + 1, context if place in self.wraps else language.BOUNDARY, 0.0, None)
        elif char.isdigit():
            match = _NUMBER.match(text, place)
            end = match.end() if match else place + 1
            for context, state in live:
                self._spell(state, end, context, language.NUMBER, 0.0, None)
        elif not char.isalpha():
            match = _STOP.match(text, place)
            for context, state in live:
                if match:
                    self._spell(state, match.end(), context, language.BOUNDARY, 0.0, None)
                else:
                    self._step(state, place + 1, context, 0.0, None)

    def _blank(self, place: int, live: list[tuple[int, int]]) -> None:
        """A long run of spaces as a place left blank on the paper; its first space is taken already."""
        end = place
        while self.text[end : end + 1] == " ":
            end += 1
        if end - place >= 3:
            for context, state in live:
                self._step(state, end, context, _BLANK[self.mode], Arc(place, end, None))

    def _is_label(self, place: int) -> bool:
        """Whether a space stands where the label of a point should, as in " ) Các" for "đ) Các"."""
        if self.text[place + 1 : place + 2] != ")" or self.text[place] != " ":
            return False
        return not self.text[self.text.rfind("\n", 0, place) + 1 : place].strip()

    def _at_line_end(self, place: int) -> bool:
        text = self.text
        left = place
        while left and text[left - 1] == " ":
            left -= 1
        if left == 0 or text[left - 1] == "\n":
            return True
        while place < len(text) and text[place] == " ":
            place += 1
        return place == len(text) or text[place] == "\n"

    def _words(self, place: int, live: list[tuple[int, int]]) -> None:
        text, size = self.text, len(self.text)
        whole = text[place] != " "
        for end in range(place + 1, min(size, place + max(self.forms.longest, 30)) + 1):
            char = text[end - 1]
            if char == " ":
                if whole:
                    whole = False
                if end - place > self.forms.longest:
                    break
            elif not char.isalpha():
                break
            if end < size and text[end].isalpha():
                continue
            if whole:
                self._whole(place, end, live)
            form = text[place:end]
            found = self.forms.words.get(form)
            if found and self._is_label(place):
                found = [word for word in found if word.text == LABEL]
            if found and not self._in_symbol(place, end):
                self._lossy(place, end, found, live)
        for end, symbol, cost in self.symbols.get(place, ()):
            arc = Arc(place, end, symbol)
            number = self.model.id(symbol.lower())
            for context, state in live:
                self._spell(state, self._after(end), context, number, cost, arc)

    def _in_symbol(self, place: int, end: int) -> bool:
        """Whether the stretch touches the joints of a document number or an abbreviation."""
        text = self.text
        after, before = text[end : end + 1], text[place - 1 : place] if place else ""
        small = sum(c.islower() for c in text[place:end])
        if small < _PLAIN_WORD and ((after and after in "/&") or (before and before in "/&")):
            return True
        return not small and "-" in (after, before)

    def _after(self, end: int) -> int:
        return end + 1 if end < len(self.text) and self.text[end] == " " else end

    def _whole(self, place: int, end: int, live: list[tuple[int, int]]) -> None:
        form = self.text[place:end]
        number = self.model.id(form.lower())
        cost = 0.0
        if number == language.UNKNOWN:
            cost = _UNKNOWN + _UNKNOWN_LETTER * (end - place)
        case = 0 if form.islower() else 2 if form.isupper() and end - place > 1 else 1
        target = self._after(end)
        before = self._before(place)
        for context, state in live:
            self._spell(state, target, context, number, cost + self._case(context, number, case, before), None)

    def _before(self, place: int) -> tuple[int, float]:
        """The case of the word before (1 capital, 0 small, 2 the whole line in capitals, -1 unknown).

        At the start of a sentence it is -2, with how often a capital follows such a start.
        """
        known = self.around.get(place)
        if known is None:
            known = self.around[place] = self._look(place)
        return known

    def _look(self, place: int) -> tuple[int, float]:
        end = place
        while end and (self.text[end - 1] == " " or (self.text[end - 1] == "\n" and end - 1 in self.wraps)):
            end -= 1
        if self._in_capitals(place):
            return 2, 0.0
        start = self.text.rfind("\n", 0, end) + 1
        line = self.text[max(start, end - _BACK) : end]
        if self._is_label(place):
            return 0, 0.0
        if end - start < _BACK and _LABEL.search(line):
            return -2, 0.92
        if not line.strip():
            return -2, self.line_starts
        last = line[-1:]
        if last in _STARTS:
            return -2, _STARTS[last]
        match = _BEFORE.search(line)
        if match is None:
            return -1, 0.0
        word = match.group()
        return (1 if word[0].isupper() else 0), 0.0

    def _in_capitals(self, place: int) -> bool:
        """Whether all letters of the line are capitals."""
        start = self.text.rfind("\n", 0, place) + 1
        known = self.capitals.get(start)
        if known is None:
            end = self.text.find("\n", start)
            line = self.text[start : end if end >= 0 else len(self.text)]
            known = self.capitals[start] = line.isupper() and sum(c.isalpha() for c in line) >= 4
        return known

    def _case(self, context: int, number: int, case: int, around: tuple[int, float]) -> float:
        if number == language.UNKNOWN:
            return 0.0
        before, start = around
        if before == 2:
            return 0.0 if case == 2 else -4.0
        if case == 2:
            share = self.model.upper_share(number)
        else:
            title = start if before == -2 else self.model.title_share(number, before, context)
            if title < 1.0 and before == -2:
                own = self.model.title_share(number)
                title = 1.0 - (1.0 - title) * (1.0 - own)
            share = title if case == 1 else 1.0 - title
        return math.log(max(share, 0.002))

    def _lossy(self, place: int, end: int, found: list[Word], live: list[tuple[int, int]]) -> None:
        score, target = self.model.score, self._after(end)
        known = [(word, cost) for word in found[:_WORDS] if (cost := self.forms.cost(word)) > -30.0]
        if not known:
            return
        before = self._before(place)
        for context, state in live:
            ranked = [
                (score(context, word.number) + cost + self._case(context, word.number, word.case, before), word)
                for word, cost in known
            ]
            limit = max(ranked, key=lambda item: item[0])[0] - 9.0
            for weight, word in ranked:
                if weight >= limit:
                    follow = self.model.follow(context, word.number)
                    self._step(state, target, follow, weight, Arc(place, end, word.text))

    def _spell(self, state: int, target: int, context: int, number: int, cost: float, arc: Arc | None) -> None:
        weight = self.model.score(context, number) + cost
        self._step(state, target, self.model.follow(context, number), weight, arc)

    def _step(self, state: int, place: int, context: int, weight: float, arc: Arc | None) -> None:
        total = self.best[state] + weight
        key = (place, context)
        target = self.states.get(key)
        if target is None:
            target = self.states[key] = len(self.best)
            self.best.append(total)
            self.back.append(len(self.edges))
            self.waiting.setdefault(place, []).append((context, target))
        elif total > self.best[target]:
            self.best[target] = total
            self.back[target] = len(self.edges)
        if total > self.front:
            self.front = total
        self.edges.append(Edge(state, target, weight, arc))

    def path(self) -> list[Arc]:
        """The arcs of the best reading, first to last."""
        arcs, state = [], max(self.last, key=lambda s: self.best[s])
        while self.back[state] >= 0:
            edge = self.edges[self.back[state]]
            if edge.arc is not None:
                arcs.append(edge.arc)
            state = edge.source
        return arcs[::-1]

    def shares(self) -> dict[Arc, float]:
        """The posterior share of every arc, by forward and backward sums."""
        size, low = len(self.best), -1e30
        forward, backward = [low] * size, [low] * size
        forward[0] = 0.0
        for source, target, weight, _ in self.edges:
            forward[target] = _plus(forward[target], forward[source] + weight)
        for state in self.last:
            backward[state] = 0.0
        for source, target, weight, _ in reversed(self.edges):
            backward[source] = _plus(backward[source], backward[target] + weight)
        shares: dict[Arc, float] = {}
        for source, target, weight, arc in self.edges:
            if arc is not None:
                log = forward[source] + weight + backward[target] - backward[0]
                if log > -12.0:
                    shares[arc] = shares.get(arc, 0.0) + math.exp(min(0.0, log))
        return shares


def _plus(one: float, two: float) -> float:
    if one < two:
        one, two = two, one
    return one + math.log1p(math.exp(two - one)) if two - one > -30.0 else one
