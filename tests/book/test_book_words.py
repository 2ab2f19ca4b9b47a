"""The book uses the words of the field, each defined once before it is used, and English that nobody stumbles on."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import chain, product
from pathlib import Path

import nbformat
import pytest
from book_pages import BOOK, CHAPTERS, ROOT, soup
from book_words import Line, before_the_exercises, captions, formulas, headings, lines, pages_in_order

DEFINED = re.compile(r"\*\*\{index\}`(?P<shown>[^`<]+?)(?: <[^>]*>)?`\*\*")
ENTRY = re.compile(r"^(?P<term>\S.*)\n  (?P<meaning>.+)$", re.M)
CHAPTER_PATHS = [path for path in pages_in_order() if path.stem in CHAPTERS]
MOST_MINUTES, WORDS_A_MINUTE, MINUTES_A_FORMULA = 45, 130, 0.25
# Words that everyday English uses too: their definition need not stand before every other use.
EVERYDAY = {"batch", "bias", "cache", "chain rule", "edge", "gradient", "layer", "loss", "momentum"}
EVERYDAY |= {
    "node",
    "outlier",
    "parameter",
    "plateau",
    "residual",
    "scores",
    "temperature",
    "unit",
    "velocity",
    "weight",
}
BANNED = {
    r"in the place of": "instead of",
    r"[Hh]ad we\b": "if we had",
    r"(?<![Tt]here )\b(is|are|was) none\b": "is not ...",
    r"\bis no (plain|number|sample|valid|picture|proof)\b": "is not a ...",
    r"\bWhoever\b": "say what happens, not to whom",
    r"\b(is|are|be) too (large|small) by (a factor|the number)\b": "is ... times too large",
    r"\blook that\b": "check that",
    r"\bhas it\b": "does it have",
    r"\bhave they\b[^.]*\?": "do they have",
    r"\b[Aa]ll in all\b": "(cut it)",
    r"\bthe price of\b": "costs",
    r"\bfor little money\b": "cheaply",
    r"\blistened to\b|\bshouts?\b|\bdeaf\b|\bwears? rings\b": "say what the reader should notice",
    r"\bTell whether\b": "return whether, say whether",
    r"\bat a loss\b(?! of)": "does not know",
    r"\bthe voice\b|\bvoices\b": "contribution",
    r"\bwhich shapes have\b": "what are the shapes of",
    r"\b[Tt]wo cares\b": "two things to watch",
    r"\b(index|letter) [^ ]* ?rests\b": "is fixed",
    r"(?<![Tt]he )\b[Ll]ess the\b": "minus the",
    r"\bto the last digits?\b": "to all printed digits",
    r"\bis mistaken for what\b|\btakes? the variance for\b": "pass the variance where ... is expected",
    r"\bThe way back passes\b": "the backward pass",
    r"\bby the luck of\b": "by chance",
    r"\bmore than the voice\b": "contribution",
    r"\bas it were\b|\bso to speak\b": "(cut it)",
    r"\bnothing else than\b": "nothing but",
    r"\bthe same as well\b": "the same",
    r"\bone gets who\b|\bwho takes\b": "if you take",
}
INSTEAD_OF_THE_WORD = {
    r"\bsweeps?\b": "pass",
    r"\b([Aa]|[Tt]he|its|their|this|each|no|fair|same|larger|small|good) shares?\b|\b[Ss]hares of\b": "fraction",
    r"\bslopes?\b": "derivative or gradient (of a line, slope may stay: at most {most} a page)",
    r"\b(bends?|bent)\b": "activation function (a picture: at most {most} a page)",
}
MOST = {r"\bslopes?\b": 12, r"\b(bends?|bent)\b": 1}
AMERICAN = re.compile(
    r"\b(behavior|color|center|neighbor|favor|labeled|modeled|traveled|program+ing labeled|analyz|defens)\w*|"
    r"\b(?!size|prize|seize|resize|assize)\w+(iz|yz)(e|es|ed|ing|ation|ations|er|ers)\b",
    re.I,
)


def prose(path: Path) -> Iterator[Line]:
    return chain(lines(path), captions(path))


def readable_texts() -> Iterator[Line]:
    """Yield the prose of all pages, and of the source notebooks: their text cells, docstrings and messages."""
    for path in pages_in_order():
        yield from prose(path)
    for path in sorted(ROOT.glob("source/*/*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            for number, raw in enumerate(cell.source.splitlines(), 1):
                yield Line(path, number, raw, f"[{cell.get('id', '')}] {raw}")


def glossary() -> dict[str, str]:
    """Return what the glossary says of each term."""
    text = (BOOK / "glossary.md").read_text(encoding="utf-8")
    body = re.search(r"```\{glossary\}\n(.*?)^```", text, re.S | re.M)
    assert body, "glossary.md has no glossary."
    return {entry["term"]: entry["meaning"] for entry in ENTRY.finditer(body[1])}


def definitions() -> dict[str, list[Line]]:
    """Return the lines that define each term, in the order of reading."""
    found = defaultdict(list)
    for path in pages_in_order():
        for line in lines(path):
            for match in DEFINED.finditer(line.raw):
                found[stem(match["shown"])].append(line)
    return found


def stem(term: str) -> str:
    """Return a term as its other forms share it: without capitals, hyphens and the ending of a plural."""
    words = term.lower().replace("-", " ").split()
    last = re.sub(r"(?<=[^s])s$", "", words[-1])
    return " ".join([*words[:-1], last if words[-1] not in ("logits",) else "logit"])


def uses(term: str) -> re.Pattern[str]:
    """Return what finds a term in prose: singular or plural, with hyphens or blanks."""
    *words, last = re.split(r"[ -]", term)
    last = re.sub(r"(?<=[^s])s$", "", last) if last != "loss" else last
    return re.compile(r"\b" + r"[- ]?".join([*map(re.escape, words), re.escape(last)]) + r"(s|es)?\b", re.I)


def complain(violations: list[str]) -> None:
    assert not violations, f"{len(violations)} places:\n" + "\n".join(violations)


def test_the_glossary_is_in_order_and_large_enough():
    terms = list(glossary())
    assert len(terms) >= 55
    assert terms == sorted(terms, key=str.lower)


def test_every_term_is_defined_at_one_place():
    found = definitions()
    wrong = []
    for term in glossary():
        places = found.get(stem(term), [])
        if len(places) != 1:
            wrong.append(f"{term}: defined {len(places)} times {[str(place) for place in places]}")
    complain(wrong)


def test_every_defined_term_is_in_the_glossary():
    known = set(map(stem, glossary()))
    complain([f"{places[0]} defines {term}" for term, places in definitions().items() if term not in known])


def test_the_glossary_links_to_the_page_that_defines():
    found = definitions()
    wrong = []
    for term, meaning in glossary().items():
        linked = set(re.findall(r"\{doc\}`(?:[^`<]*<)?([\w-]+)>?`", meaning))
        pages = {place.path.stem for place in found.get(stem(term), [])}
        if pages and linked != pages:
            wrong.append(f"{term}: the glossary links to {linked}, defined in {pages}")
    complain(wrong)


def test_no_chapter_uses_a_term_before_its_definition():
    found, wrong = definitions(), []
    for term in glossary():
        places = found.get(stem(term), [])
        if term in EVERYDAY or not places or places[0].path not in CHAPTER_PATHS:
            continue
        before = CHAPTER_PATHS[: CHAPTER_PATHS.index(places[0].path) + 1]
        finds = uses(term)
        for line in chain.from_iterable(map(lines, before)):
            if line.path == places[0].path and line.number >= places[0].number:
                break
            if finds.search(line.text) and not line.raw.startswith("#"):
                wrong.append(f"{term}: {line} (defined in {places[0].path.name}:{places[0].number})")
    complain(wrong)


def test_the_index_leads_to_every_term(html: Path):
    index = soup(html / "genindex.html").find("article").get_text(" ", strip=True)
    complain([term for term in glossary() if term not in index])


def test_no_heading_stands_twice():
    found = defaultdict(list)
    for path in pages_in_order():
        for line, title in headings(path):
            found[title.lower().strip()].append(f"{path.name}:{line.number}")
    complain([f"{title!r}: {', '.join(places)}" for title, places in found.items() if len(places) > 1])


def test_nobody_stumbles():
    finds = {re.compile(phrase): better for phrase, better in BANNED.items()}
    texts = list(readable_texts())
    complain(
        [f"{line}  (better: {better})" for line in texts for find, better in finds.items() if find.search(line.text)]
    )


def test_pictures_do_not_replace_the_words_of_the_field():
    wrong = []
    for path, (word, better) in product(pages_in_order(), INSTEAD_OF_THE_WORD.items()):
        most = MOST.get(word, 0)
        hits = [
            str(line) for line in chain(lines(path), captions(path, "caption")) for _ in re.finditer(word, line.text)
        ]
        wrong += [f"{hit}  (better: {better.format(most=most)})" for hit in hits[most:]]
    complain(wrong)


def test_the_spelling_is_british():
    complain([str(line) for path in pages_in_order() for line in prose(path) if AMERICAN.search(line.text)])


@pytest.mark.parametrize("path", CHAPTER_PATHS, ids=lambda path: path.stem)
def test_the_minutes_at_the_head_are_honest(path: Path):
    text = path.read_text(encoding="utf-8")
    said = re.search(r"^Time\n: (?:about )?(\d+) minutes", text, re.M)
    assert said, f"{path.name} does not say how many minutes it takes."
    minutes, prose = int(said[1]), list(before_the_exercises(path))
    words = sum(len(re.findall(r"[A-Za-z][\w'-]*|\d[\d.,]*", line.text)) + line.raw.count("$") // 2 for line in prose)
    shown = sum(line.count("\n") > 0 for line in formulas(path))
    least = words / WORDS_A_MINUTE + MINUTES_A_FORMULA * shown
    counted = f"{path.name} has {words} words and {shown} displayed formulas before its exercises"
    assert minutes <= MOST_MINUTES, f"{counted} and says {minutes} minutes: split it or cut it."
    assert minutes >= least - 1, f"{counted}, so it takes at least {least:.0f} minutes, not {minutes}."
