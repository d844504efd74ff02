"""What the text does with a cited document: based on it, carries it out, amends it … (STANDARD section 2.7)."""

import functools

import regex

# Relation -> verbs, folded; the verb nearest before the mention decides.
_VERBS = {
    "based_on": r"can\s+cu",
    "repeals": r"bai\s+bo|huy\s+bo|het\s+hieu\s+luc",
    "replaces": r"thay\s+the(?:\s+cho)?",
    "amends": r"sua\s+doi|bo\s+sung|dinh\s+chinh",
    "annex_of": r"kem\s+theo|ban\s+hanh\s+theo",
    "replies_to": r"tra\s+loi|phuc\s+dap|nhan\s+duoc|de\s+nghi\s+(?:cua\s+[^;.]{3,60}\s+)?tai|theo\s+de\s+nghi",
    "reports_on": (
        r"bao\s+cao\s+(?:so\s+ket\s+|tong\s+ket\s+|ket\s+qua\s+)?(?:viec\s+)?"
        r"(?:trien\s+khai\s+)?thuc\s+hien|ket\s+qua\s+(?:trien\s+khai\s+)?thuc\s+hien"
        r"|tong\s+ket\s+(?:viec\s+)?thuc\s+hien"
    ),
    "guides": r"huong\s+dan(?:\s+(?:thi\s+hanh|thuc\s+hien))?|quy\s+dinh\s+chi\s+tiet",
    "implements": r"thuc\s+hien|trien\s+khai|quan\s+triet|thi\s+hanh",
}
_ORDER = ("reports_on", "guides", "replies_to", "annex_of", "repeals", "replaces", "amends", "based_on", "implements")


@functools.cache
def _pattern() -> "regex.Pattern[str]":
    parts = "|".join(f"(?P<{name}>{_VERBS[name]})" for name in _ORDER)
    return regex.compile(rf"(?<![a-z])(?:{parts})(?![a-z])")


_AGENT = regex.compile(
    r"(?:da\s+)?(?:duoc|bi)\s+(?P<verb>sua\s+doi|bo\s+sung|thay\s+the|bai\s+bo)[^;.]{0,90}?\s(?:boi|theo|tai|bang)"
    r"(?:\s*:)?\s[^;.]{0,60}\Z"
)
"""A document was amended … by the one that follows: that one amends."""
_AS_AMENDED = regex.compile(
    r"(?:\s*,?\s*co\s+hieu\s+luc[^.;:]{0,60},)?\s*[,(]?\s*(?:da\s+)?duoc\s+(?:sua\s+doi|bo\s+sung)[^;.]{0,60}?\s(?:boi|theo|tai|bang)(?![a-z])"
)
_ACTIVE = {"sua": "amends", "bo": "amends", "thay": "replaces", "bai": "repeals"}
_CLAUSE_ENDS = (";", ". ", ".\n", ":\n")


def stated(folded: str, spans: list[tuple[int, int]]) -> list[str | None]:
    """The relation of each mention; a verb counts for the whole list behind it, up to ";" or ".".

    Args:
        folded: the text without marks.
        spans: the mentions in the order of the text.

    >>> stated("thay the nghi dinh a, nghi dinh b; luat c", [(9, 20), (22, 33), (35, 41)])
    ['replaces', 'replaces', None]
    """
    found: list[str | None] = []
    for i, (start, _) in enumerate(spans):
        relation = before(folded, start, spans[i - 1][1] if i and spans[i - 1][1] <= start else 0)
        if relation is None and _listed_below(folded, start):
            relation = "amends"
        if relation is None and i and found[-1]:
            between = folded[spans[i - 1][1] : start]
            open_list = 0 <= len(between) < 260 and not any(mark in between for mark in _CLAUSE_ENDS)
            if open_list and _pattern().search(between) is None:
                relation = found[-1]
        found.append(relation)
    return found


def as_amended(folded: str, end: int) -> bool:
    """Whether the words behind a mention say that a later document changed it, so that this version is meant.

    >>> as_amended("luat a duoc sua doi, bo sung boi luat b", 6), as_amended("luat a duoc ban hanh", 6)
    (True, False)
    """
    return _AS_AMENDED.match(folded, end, end + 220) is not None


def _listed_below(folded: str, start: int) -> bool:
    """Whether a mention opens an item of the list that a consolidated text was amended by ("… được sửa đổi bởi:")."""
    line = folded.rfind("\n", 0, start) + 1
    head = folded.rfind("boi:\n", max(0, start - 3_000), line)
    if head < 0 or not regex.fullmatch(r"\s*(?:\d{1,2}\.\s+)?", folded[line:start]):
        return False
    first = regex.search(r"(?:sua\s+doi|bo\s+sung)[^.;:]{0,60}\Z", folded[max(0, head - 90) : head])
    return first is not None and not regex.search(r"\n\s*(?:can\s+cu|chuong|dieu)\s", folded[head:start])


def before(folded: str, start: int, low: int = 0) -> str | None:
    """The relation that the words before a mention, from `low` on, state, or None.

    >>> before("thuc hien ket luan so 90-kl/tw", 10)
    'implements'
    """
    clause = folded[max(low, start - 220) : start]
    cut = max(clause.rfind(mark) for mark in (";", ". ", ".\n", ":\n"))
    clause = clause[cut + 1 :]
    agent = _AGENT.search(clause)
    if agent is not None:
        return _ACTIVE[agent["verb"].split()[0]]
    found = None
    for match in _pattern().finditer(clause):
        found = match
    if found is None:
        return None
    name = str(found.lastgroup)
    between = clause[found.end() :]
    if name == "amends" and regex.match(r"[^;]{0,60}\s(?:boi|theo|tai|bang)\s", between):
        return None
    if regex.search(r"\s(?:nay|nay,)\s+(?!va\s|hoac\s)", between):  # its object was this very document
        return None
    return name
