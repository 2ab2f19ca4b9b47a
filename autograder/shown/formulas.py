"""Sets the formulas of a page as MathML, which browsers draw without any script.

What cannot be set stays as it was written. TeX comes from students, so only elements that draw something are kept, and
none that leads anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree

from bs4 import BeautifulSoup
from bs4.element import NavigableString

from autograder.shown.allowance import Allowance

LONGEST = 2000  # characters of one formula
FITS = 20  # characters of a formula, on a phone
LONGEST_TEXT = 5000  # characters between two tags: looking for formulas may take the square of it
NAMESPACE = "{http://www.w3.org/1998/Math/MathML}"
VERBATIM = {"code", "pre", "samp", "kbd", "math", "tt"}
TAG = re.compile(r"<[^>]*>")
SIGN = re.compile(r"[$\\]")  # of a formula
FORMULA = re.compile(
    r"(?<!\\)\$\$(?P<display>.+?)\$\$"
    r"|\\\[(?P<bracket>.+?)\\\]"
    r"|(?P<environment>\\begin\{(?P<kind>align|equation|gather|eqnarray)(?P<star>\*?)\}.+?\\end\{(?P=kind)(?P=star)\})"
    r"|\\\((?P<round>.+?)\\\)"
    r"|(?<![\\$\w])\$(?P<inline>(?!\s)[^$\n]+?(?<![\s\\]))\$(?![\d$])",
    re.DOTALL,
)
LINED_UP = re.compile(r"\\(begin|end)\{(?:aligned|split)\}")  # the converter knows these by another name
UPRIGHT = re.compile(r"\\mathrm\{(\w)\}")  # the converter forgets that one letter is upright
GAP = re.compile(r"\d(?:\.\d{1,3})?em")  # that a formula may have
ROUND_MATRIX = (
    (r"\begin{pmatrix}", r"\left(\begin{matrix}"),
    (r"\end{pmatrix}", r"\end{matrix}\right)"),
)  # brackets grow
ELEMENTS = {
    "math", "mfrac", "mi", "mmultiscripts", "mn", "mo", "mover", "mpadded", "mphantom", "mprescripts", "mroot", "mrow",
    "ms", "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable", "mtd", "mtext", "mtr", "munder",
    "munderover", "none",
}  # fmt: skip
ATTRIBUTES = {
    "accent", "accentunder", "columnalign", "display", "displaystyle", "fence", "form", "largeop", "linethickness",
    "mathvariant", "maxsize", "minsize", "movablelimits", "scriptlevel", "separator", "stretchy", "symmetric",
}  # fmt: skip


def set_formulas(soup: BeautifulSoup, allowance: Allowance) -> None:
    """Set every formula in the text of a page, in place, as far as the allowance goes; code is left alone."""
    for text in list(soup.find_all(string=SIGN)):
        if len(text) > LONGEST_TEXT or any(parent.name in VERBATIM for parent in text.parents):
            continue
        pieces = list(_pieces(str(text), allowance)) if allowance.take("formulas", len(text)) else []
        if any(is_formula for _, is_formula in pieces):
            parts = [BeautifulSoup(piece, "html.parser") if is_math else piece for piece, is_math in pieces]
            text.replace_with(*(part if isinstance(part, BeautifulSoup) else NavigableString(part) for part in parts))


def mathml(tex: str, *, display: bool) -> str:
    """Return a formula as MathML, or an empty string if it cannot be set."""
    from latex2mathml.converter import convert

    if len(tex) > LONGEST:
        return ""
    try:
        tex = LINED_UP.sub(r"\\\1{align*}", tex)
        tex = UPRIGHT.sub(r"\\text{\1}", tex)
        for written, growing in ROUND_MATRIX:
            tex = tex.replace(written, growing)
        root = ElementTree.fromstring(convert(tex, display="block" if display else "inline"))
        _keep_what_draws(root)
        return ElementTree.tostring(root, encoding="unicode")
    except Exception:  # TeX that it does not know, nesting without end: whatever somebody has written
        return ""


def is_wide(drawn: str) -> bool:
    """Return whether a formula that has been set may be wider than a phone, so that it has to be scrolled there."""
    return len(TAG.sub("", drawn)) > FITS


def _pieces(text: str, allowance: Allowance) -> Iterator[tuple[str, bool]]:
    """Yield the pieces of a text, each with whether it is a formula that has been set."""
    end = 0
    for found in FORMULA.finditer(text):
        inline = found["round"] or found["inline"]
        tex = inline or found["display"] or found["bracket"] or found["environment"] or ""
        set_as = mathml(tex.strip(), display=not inline) if allowance.take("formulas", len(tex)) else ""
        if set_as:
            yield text[end : found.start()], False
            yield set_as, True
            end = found.end()
    yield text[end:], False


def _keep_what_draws(element: ElementTree.Element) -> None:
    """Drop every attribute that does more than draw, and refuse every element that does.

    Raises
    ------
    ValueError
        If there is such an element.
    """
    for part in element.iter():
        name = str(part.tag).removeprefix(NAMESPACE)
        if name not in ELEMENTS:
            raise ValueError(f"{name} does more than draw")
        part.tag = name
        kept = {"width"} if name == "mspace" and GAP.fullmatch(part.get("width", "")) else set()
        for attribute in set(part.attrib) - ATTRIBUTES - kept:
            del part.attrib[attribute]
