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


_LATER = regex.compile(
    r"\s*(?:,\s*)?(?:da\s+)?(?:duoc\s+|bi\s+)?(?P<verb>sua\s+doi|bo\s+sung|thay\s+the"
    r"|bai\s+bo|het\s+hieu\s+luc)(?![a-z])(?!\s+(?:boi|theo|tai|bang))"
)


def before(folded: str, start: int) -> str | None:
    """The relation that the words before a mention state, or None.

    >>> before("thuc hien ket luan so 90-kl/tw", 10)
    'implements'
    """
    low = max(0, start - 220)
    clause = folded[low:start]
    cut = max(clause.rfind(mark) for mark in (";", ". ", ".\n", ":\n"))
    clause = clause[cut + 1 :]
    found = None
    for match in _pattern().finditer(clause):
        found = match
    if found is None:
        return None
    name = str(found.lastgroup)
    between = clause[found.end() :]
    if name == "amends" and regex.match(r"[^;]{0,60}\s(?:boi|theo|tai|bang)\s", between):
        return None
    if name == "annex_of" and regex.search(r"\(\s*\Z", between):
        return "annex_of"
    return name
