"""The search of the lost-letter decoder: all ways to read each space, weighed by the language model."""

import math
from typing import Final, NamedTuple

import regex

from pipeline.repair import language, lost_places
from pipeline.repair.lost_forms import LABEL, Forms, Mode, Word
from pipeline.repair.lost_places import Places

_BEAM: Final = {Mode.LETTER: 8, Mode.BYTE: 16, Mode.COLLAPSED: 16}
_MARGIN: Final = {Mode.LETTER: 14.0, Mode.BYTE: 12.0, Mode.COLLAPSED: 12.0}
"""A state this far behind one that stands further on is given up."""
_WORDS: Final = 60
"""At most this many readings of one shown form."""
_NEAR: Final = 9.0
"""Readings of one form this much less likely than the best are left out."""
_EXTRA: Final = -2.5
"""What a second real space in a row costs inside a line; at either end of a line, _EDGE."""
_EDGE: Final = -0.5
_BLANK: Final = {Mode.LETTER: -7.0, Mode.BYTE: -14.0, Mode.COLLAPSED: -14.0}
_UNKNOWN: Final = -9.0
"""What a word unknown to the model costs, and each letter of it _UNKNOWN_LETTER."""
_UNKNOWN_LETTER: Final = -0.5
_NUMBER: Final = regex.compile(r"\d+(?:[.,/]\d+)*")
_NO_LABEL: Final = -16.0
_STOP: Final = regex.compile(r"[.;:!?…]+(?=\s|$)")
_OUT_OF_CASE: Final = -4.0
_LEAST_SHARE: Final = 0.002

Symbols = dict[int, list[tuple[int, str, float]]]
"""Place -> (end, symbol, cost): where a known symbol with lost letters may stand."""


class Arc(NamedTuple):
    """A step of the search: a word with lost letters (its text), or a space taken as real (None)."""

    start: int
    end: int
    text: str | None


class Search:
    """The lattice of one text: states, edges, and the best way to each state."""

    def __init__(self, places: Places, forms: Forms, mode: Mode, symbols: Symbols) -> None:
        """Fill the lattice from left to right."""
        self.places, self.forms, self.mode, self.symbols = places, forms, mode, symbols
        self.text = places.text
        self.model = language.model()
        self.edges: list[tuple[int, int, float, Arc | None]] = []
        """From state, to state, log weight, step."""
        self.best: list[float] = [0.0]
        self.back: list[int] = [-1]
        self._waiting: dict[int, dict[int, int]] = {0: {language.BOUNDARY: 0}}
        """Place -> context -> state."""
        self._front = -1e18
        """How good the best state is that waits."""
        self._run()

    def _run(self) -> None:
        waiting, best, beam, margin = self._waiting, self.best, _BEAM[self.mode], _MARGIN[self.mode]
        for place in range(len(self.text)):
            here = waiting.pop(place, None)
            if not here:
                continue
            found = list(here.items())
            if len(found) > beam:
                found = sorted(found, key=lambda item: -best[item[1]])[:beam]
            if waiting:
                floor = self._front - margin
                live = [item for item in found if best[item[1]] >= floor]
                if not live:
                    continue
            else:
                floor = max([best[state] for _, state in found]) - margin
                live = [item for item in found if best[item[1]] >= floor]
                self._front = -1e18
            self._leave(place, live)
        self.last = list(waiting.get(len(self.text), {}).values())

    def _leave(self, place: int, live: list[tuple[int, int]]) -> None:
        char = self.text[place]
        if char == " ":
            self._words(place, live)
            self._space(place, live)
        elif char.isalpha():
            self._words(place, live)
        elif char == "\n":
            for context, state in live:
                self._step(state, place + 1, context if place in self.places.wraps else language.BOUNDARY, 0.0, None)
        elif char.isdigit():
            match = _NUMBER.match(self.text, place)
            self._spell(live, match.end() if match else place + 1, language.NUMBER, 0.0, None)
        else:
            match = _STOP.match(self.text, place)
            if match:
                self._spell(live, match.end(), language.BOUNDARY, 0.0, None)
            else:
                for context, state in live:
                    self._step(state, place + 1, context, 0.0, None)

    def _space(self, place: int, live: list[tuple[int, int]]) -> None:
        """A space taken as real; where many stand in a row, all of them as a place left blank on the paper."""
        text = self.text
        if self.mode is Mode.COLLAPSED and place and text[place - 1] != "\n":
            cost = 0.0
        else:
            edge = self.places.at_line_end(place)
            cost = _NO_LABEL if self.places.is_label(place) else _EDGE if edge else _EXTRA
        arc = Arc(place, place + 1, None)
        for context, state in live:
            self._step(state, place + 1, context, cost, arc)
        if cost == _EXTRA and place >= 2 and text[place - 2] != " ":
            end = place
            while text[end : end + 1] == " ":
                end += 1
            if end - place >= 3:
                arc = Arc(place, end, None)
                for context, state in live:
                    self._step(state, end, context, _BLANK[self.mode], arc)

    def _words(self, place: int, live: list[tuple[int, int]]) -> None:
        text, size, stops = self.text, len(self.text), self.places.stops
        longest, forms = place + self.forms.longest, self.forms.words
        end = stops[place + 1]
        if text[place] != " ":
            self._whole(place, end, live)
            if end == size or text[end] != " ":
                return
            end = stops[end + 1]
        while end <= longest:
            found = forms.get(text[place:end])
            if found:
                if self.places.is_label(place):
                    found = [word for word in found if word.text == LABEL]
                if found and not self.places.in_symbol(place, end):
                    self._lossy(place, end, found, live)
            if end == size or text[end] != " ":
                break
            end = stops[end + 1]
        for end, symbol, cost in self.symbols.get(place, ()):
            self._spell(live, self._after(place, end), self.model.id(symbol.lower()), cost, Arc(place, end, symbol))

    def _after(self, place: int, end: int) -> int:
        """Where the next word begins; where spaces may hide letters, the space beside a word is left to be read."""
        if self.mode is Mode.COLLAPSED:
            return end - 1 if self.text[end - 1] == " " and end > place + 1 else end
        return end + 1 if end < len(self.text) and self.text[end] == " " else end

    def _whole(self, place: int, end: int, live: list[tuple[int, int]]) -> None:
        """A word as it shows."""
        form = self.text[place:end]
        number = self.model.token(form)
        if number == language.UNKNOWN:
            self._spell(live, self._after(place, end), number, _UNKNOWN + _UNKNOWN_LETTER * (end - place), None)
            return
        case = 0 if form.islower() else 2 if form.isupper() and end - place > 1 else 1
        around, target = self.places.around(place), self._after(place, end)
        score, follow = self.model.score, self.model.follow
        for context, state in live:
            weight = score(context, number) + self._case(context, number, case, around)
            self._step(state, target, follow(context, number), weight, None)

    def _case(self, context: int, number: int, case: int, around: tuple[int, float]) -> float:
        """How likely a word stands in this case, as a log probability."""
        if number == language.UNKNOWN:
            return 0.0
        before, start = around
        if before == lost_places.ALL_CAPITALS:
            return 0.0 if case == 2 else _OUT_OF_CASE
        if case == 2:
            share = self.model.upper_share(number)
        elif before == lost_places.START:
            share = start if start == 1.0 else 1.0 - (1.0 - start) * (1.0 - self.model.title_share(number))
        else:
            share = self.model.title_share(number, before, context)
        if case == 0:
            share = 1.0 - share
        return math.log(share if share > _LEAST_SHARE else _LEAST_SHARE)

    def _lossy(self, place: int, end: int, found: list[Word], live: list[tuple[int, int]]) -> None:
        """A form with lost letters, as every word that it may be."""
        cost_of = self.forms.cost
        known = [(word, cost) for word in found[:_WORDS] if (cost := cost_of(word)) > -30.0]
        if not known:
            return
        around, target = self.places.around(place), self._after(place, end)
        score, follow, case = self.model.score, self.model.follow, self._case
        arcs: dict[str, Arc] = {}
        cased: dict[int, list[float]] = {}
        for context, state in live:
            nearest = context & 0xFFFF
            costs = cased.get(nearest)
            if costs is None:
                costs = cased[nearest] = [cost + case(context, w.number, w.case, around) for w, cost in known]
            weights = [score(context, word.number) + cost for (word, _), cost in zip(known, costs, strict=True)]
            limit = max(weights) - _NEAR
            for (word, _), weight in zip(known, weights, strict=True):
                if weight >= limit:
                    arc = arcs.get(word.text)
                    if arc is None:
                        arc = arcs[word.text] = Arc(place, end, word.text)
                    self._step(state, target, follow(context, word.number), weight, arc)

    def _spell(self, live: list[tuple[int, int]], target: int, number: int, cost: float, arc: Arc | None) -> None:
        score, follow = self.model.score, self.model.follow
        for context, state in live:
            self._step(state, target, follow(context, number), score(context, number) + cost, arc)

    def _step(self, state: int, place: int, context: int, weight: float, arc: Arc | None) -> None:
        best = self.best
        total = best[state] + weight
        there = self._waiting.get(place)
        if there is None:
            there = self._waiting[place] = {}
        target = there.get(context)
        if target is None:
            target = there[context] = len(best)
            best.append(total)
            self.back.append(len(self.edges))
        elif total > best[target]:
            best[target] = total
            self.back[target] = len(self.edges)
        if total > self._front:
            self._front = total
        self.edges.append((state, target, weight, arc))

    def path(self) -> list[Arc]:
        """The arcs of the best reading, first to last."""
        arcs, state = [], max(self.last, key=lambda s: self.best[s])
        while self.back[state] >= 0:
            state, _, _, arc = self.edges[self.back[state]]
            if arc is not None:
                arcs.append(arc)
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
