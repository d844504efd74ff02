"""Mentions by name ("Luật Đất đai năm 2013") and by number without symbol ("Nghị định 30")."""

import functools

import regex

from pipeline.document import Span
from pipeline.segment import kinds, named_laws
from pipeline.segment.lexer import Lexed, squeeze
from pipeline.segment.mention import Mention, covered
from pipeline.segment.numbered import tail

_OURS = frozenset({"Hiến pháp", "Bộ luật", "Luật", "Pháp lệnh"})
"""Kinds that the Vietnamese State has made since 1945; an older one is another state's."""


def find(lexed: Lexed, numbered: list[Mention]) -> list[Mention]:
    """The documents that a text cites by name, outside of those already found by number."""
    taken = covered(numbered)
    out: list[Mention] = []
    for name in sorted([*named_laws.laws(lexed), *named_laws.others(lexed)], key=lambda n: n.start):
        if taken(name.start, name.start + 1):
            continue
        end, date = name.end, name.year
        issuer: Span | None = None
        flags: tuple[str, ...] = ()
        bare = (
            regex.match(r"\s+\(?([12]\d{3})(?![\d/-])", lexed.plain[end : end + 8])
            if name.kind in {"Luật", "Bộ luật", "Hiến pháp", "Pháp lệnh"}
            else None
        )
        if bare and 1945 <= int(bare[1]) <= 2100:
            end, date = end + bare.end(), bare[1]
        elif name.kind not in {"Nghị quyết", "Kết luận"} and date is None:
            end, date, issuer, flags = tail(lexed, end, None, name.kind)
        if (not name.complete and date is None) or (
            name.kind in _OURS and date and date[:4].isdigit() and date < "1945"
        ):
            continue
        out.append(
            Mention(
                name.start,
                end,
                (name.start, end),
                squeeze(lexed.text[name.start : end]),
                name.kind,
                None,
                None,
                date,
                squeeze(lexed.text[issuer[0] : issuer[1]]) if issuer else None,
                shape="name",
                title=name.title,
                year=date[:4] if date else None,
                term=name.term,
                plenum=name.plenum,
                flags=flags,
                typed=True,
                known=name.complete,
            )
        )
    return out


@functools.cache
def _short_form() -> "regex.Pattern[str]":
    # "Nghị định 30", "Quy định số 294 ngày …": a number without symbol
    names = (
        "nghi dinh|nghi quyet|quyet dinh|thong tu|chi thi|ket luan|quy dinh|huong dan|cong van"
        "|ke hoach|thong bao|cong dien|to trinh|bao cao|phap lenh|van ban"
    )
    return regex.compile(
        rf"(?<![a-z])(?P<type>{names.replace(' ', chr(92) + 's+')})\s+(?P<so>so\s*:?\s*)?"
        r"(?P<num>(?!(?:19|20)\d\d)\d{1,5}[a-z]?)(?![\w/-])(?!\s*[/-]|[.,]\d|\s*%)"
    )


def short_forms(lexed: Lexed, found: list[Mention]) -> list[Mention]:
    """Mentions by type and number alone; whether they stand for a document, the document decides (`find`)."""
    taken = covered(found)
    out = []
    for match in _short_form().finditer(lexed.folded):
        glued = "\n" in lexed.plain[match.end("type") : match.start("num")] and not match["so"]  # a footnote mark
        if glued or taken(match.start("num"), match.start("num") + 1):
            continue
        end, date, issuer, flags = tail(lexed, match.end(), None, None)
        kind = kinds.canonical(match["type"])
        out.append(
            Mention(
                match.start(),
                end,
                (match.start(), end),
                squeeze(lexed.text[match.start() : end]),
                kind,
                lexed.plain[match.start("num") : match.end("num")],
                None,
                date,
                squeeze(lexed.text[issuer[0] : issuer[1]]) if issuer else None,
                shape="short",
                year=None,
                flags=flags,
                typed=True,
                numbered=bool(match["so"]),
            )
        )
    return out
