"""ToUnicode maps as PDF streams."""

from collections.abc import Mapping

_HEAD = """\
/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
"""
_TAIL = "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
_BLOCK = 100


def to_unicode(letters: Mapping[int, str], width: int) -> bytes:
    """The map of codes of `width` bytes to letters.

    >>> b"<01> <1EA1>" in to_unicode({1: "ạ"}, 1)
    True
    """
    rows = [
        f"<{code:0{2 * width}X}> <{text.encode('utf-16-be').hex().upper()}>"
        for code, text in sorted(letters.items())
        if text and 0 <= code < 256**width
    ]
    parts = [_HEAD, f"<{'00' * width}> <{'FF' * width}>\nendcodespacerange\n"]
    for i in range(0, len(rows), _BLOCK):
        block = rows[i : i + _BLOCK]
        parts.append(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar\n")
    return "".join([*parts, _TAIL]).encode("ascii")
