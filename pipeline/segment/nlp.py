"""The only home of spaCy and underthesea: words, and a spaCy pipeline over the same rules as the JSON.

Words are found on the raw text and never take underthesea's normalised spelling: its words are laid over the letters
of the line, and where they do not fit, the line is cut into syllables.
"""

import functools
from collections.abc import Iterable
from typing import Any

import regex

from pipeline.document import Method, RepairedDocument, RepairedPage, Repairs, Source, Span, Spans, TextLine

_SYLLABLE = regex.compile(r"[\p{L}\p{M}]+|\d+(?:[.,]\d+)*|[^\s\p{L}\p{M}\d]")
_WORDY = regex.compile(r"[\p{L}\d]")
_LONGEST = 4_000


@functools.cache
def _tokenizer() -> Any:
    """Underthesea's word segmenter, loaded once a process."""
    from underthesea import word_tokenize

    return word_tokenize


def line_words(line: str) -> list[Span]:
    """The spans of the words of one line, punctuation included; syllables where underthesea's letters differ.

    >>> [line_words("Liên hiệp hội")[0][0]]
    [0]
    """
    syllables = [match.span() for match in _SYLLABLE.finditer(line)]
    if len(line) > _LONGEST or len(syllables) < 2:
        return syllables
    found: list[Span] = []
    position = 0
    for word in _tokenizer()(line):
        span = _laid_over(line, position, "".join(word.split()))
        if span is None:
            return syllables
        found.append(span)
        position = span[1]
    return found if not line[position:].strip() else syllables


def _laid_over(line: str, position: int, letters: str) -> Span | None:
    """Where the letters stand from ``position`` on, white space skipped; None where they differ."""
    while position < len(line) and line[position].isspace():
        position += 1
    start = position
    for letter in letters:
        while position < len(line) and line[position].isspace():
            position += 1
        if position >= len(line) or line[position] != letter:
            return None
        position += 1
    return (start, position) if letters else None


def words(text: str, lines: Iterable[Span]) -> Spans:
    """The spans of all words (with a letter or a digit) of a text, line by line."""
    cached = functools.lru_cache(maxsize=4_096)(line_words)
    return Spans(
        (start + a, start + b)
        for start, end in lines
        for a, b in cached(text[start:end])
        if _WORDY.search(text, start + a, start + b)
    )


# --- spaCy ------------------------------------------------------------------------------------


class WordTokenizer:
    """A spaCy tokenizer: underthesea's words, the text kept letter for letter."""

    def __init__(self, vocab: Any) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Any:
        """The text as a spaCy Doc whose ``text`` is the input."""
        from spacy.tokens import Doc

        tokens: list[str] = []
        spaces: list[bool] = []
        position = 0
        for start, end in _all_tokens(text):
            if start > position:
                _gap(text[position:start], tokens, spaces)
            tokens.append(text[start:end])
            spaces.append(False)
            position = end
        if position < len(text):
            _gap(text[position:], tokens, spaces)
        return Doc(self.vocab, words=tokens, spaces=spaces)

    def to_bytes(self, **_: Any) -> bytes:
        """Nothing to keep: the tokenizer has no state."""
        return b""

    def from_bytes(self, _data: bytes, **_: Any) -> "WordTokenizer":
        """The tokenizer itself."""
        return self

    def to_disk(self, _path: Any, **_: Any) -> None:
        """Nothing to keep."""

    def from_disk(self, _path: Any, **_: Any) -> "WordTokenizer":
        """The tokenizer itself."""
        return self


def _gap(blank: str, tokens: list[str], spaces: list[bool]) -> None:
    """White space between two tokens: one space belongs to the token before, the rest is a token."""
    if tokens and blank[0] == " " and not spaces[-1]:
        spaces[-1] = True
        blank = blank[1:]
    if blank:
        tokens.append(blank)
        spaces.append(False)


def _all_tokens(text: str) -> list[Span]:
    found: list[Span] = []
    for match in regex.finditer(r"[^\n]+", text):
        found += [(match.start() + a, match.start() + b) for a, b in line_words(match[0])]
    return found


def plain_document(text: str) -> RepairedDocument:
    """A text without layout as a repaired document of one page."""
    lines = tuple(TextLine(1, (0.0, 0.0, 0.0, 0.0), match.span()) for match in regex.finditer(r"[^\n]+", text))
    page = RepairedPage(1, 595.0, 842.0, Method.EMBEDDED, "plain-text", 1.0, None, None, (0, len(text)), (0, len(text)))
    return RepairedDocument(Source("", "", 0, "text/plain", 1), text, text, (page,), lines, Repairs())


def _structure(doc: Any) -> Any:
    """The structure of a spaCy Doc, found once and kept on it."""
    from pipeline.config import SegmentConfig
    from pipeline.segment import segment

    if doc.user_data.get("vietnamese_report") is None:
        doc.user_data["vietnamese_report"] = segment(plain_document(doc.text), SegmentConfig(words=False))
    return doc.user_data["vietnamese_report"]


def _span(doc: Any, span: Span, label: str) -> Any:
    return doc.char_span(*span, label=label, alignment_mode="expand")


def set_record(doc: Any) -> Any:
    """Component: ``doc._.record`` is what the document says of itself."""
    doc._.record = _structure(doc).record
    return doc


def set_sections(doc: Any) -> Any:
    """Component: ``doc.spans["sections"]``, each span with ``_.section``."""
    pairs = [(_span(doc, s.span, s.kind.value), s) for s in _structure(doc).sections]
    for span, section in pairs:
        span._.section = section
    doc.spans["sections"] = [span for span, _ in pairs]
    return doc


def set_citations(doc: Any) -> Any:
    """Component: ``doc.spans["citations"]``, each span with ``_.citation``; spans may nest."""
    pairs = [(_span(doc, c.span, c.kind or "citation"), c) for c in _structure(doc).citations]
    for span, citation in pairs:
        span._.citation = citation
    doc.spans["citations"] = [span for span, _ in pairs]
    return doc


@functools.cache
def register() -> None:
    """Make the factories ``vi_record``, ``vi_sections`` and ``vi_citations`` and the attributes known to spaCy."""
    from spacy.language import Language
    from spacy.tokens import Doc
    from spacy.tokens import Span as SpacySpan

    for owner, name in ((Doc, "record"), (SpacySpan, "section"), (SpacySpan, "citation")):
        if not owner.has_extension(name):
            owner.set_extension(name, default=None)
    for name, component in (
        ("vi_record", make_record),
        ("vi_sections", make_sections),
        ("vi_citations", make_citations),
    ):
        if not Language.has_factory(name):
            Language.factory(name, func=component)


def make_record(nlp: Any, name: str) -> Any:
    """Factory of the record component (entry point of ``spacy_factories``)."""
    register()
    return set_record


def make_sections(nlp: Any, name: str) -> Any:
    """Factory of the sections component (entry point of ``spacy_factories``)."""
    register()
    return set_sections


def make_citations(nlp: Any, name: str) -> Any:
    """Factory of the citations component (entry point of ``spacy_factories``)."""
    register()
    return set_citations


def pipeline() -> Any:
    """A blank Vietnamese spaCy pipeline with words of underthesea and the three components; pyvi is not needed."""
    import spacy

    register()
    language = spacy.blank("vi", config={"nlp": {"tokenizer": {"use_pyvi": False}}})
    language.tokenizer = WordTokenizer(language.vocab)
    for name in ("vi_record", "vi_sections", "vi_citations"):
        language.add_pipe(name)
    return language
