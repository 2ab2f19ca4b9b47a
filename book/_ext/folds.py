"""What is folded says what it hides, and opens without a script.

Code cells come with a summary that is called "Toggle hidden content", hints and solutions with a button of a script.
Here all of them are `<details>` whose visible words are their name.
"""

from __future__ import annotations

from bs4 import BeautifulSoup, Tag

SHOW, HIDE = "Show {}", "Hide {}"
KINDS = {"source": "the code", "content": "the code and its output", "output": "the output"}


def name_cells(page: BeautifulSoup) -> None:
    """Name a folded cell after what it hides; myst-nb puts paragraphs, which are not valid there, and a vain label."""
    for fold in page.select("details.hide"):
        summary = fold.find("summary", recursive=False)
        if not isinstance(summary, Tag):
            continue
        what = hidden(fold, summary.get_text(" ", strip=True))
        summary.attrs.pop("aria-label", None)
        summary.clear()
        for state, words in (("collapsed", SHOW), ("expanded", HIDE)):
            span = page.new_tag("span", attrs={"class": f"{state} admonition-title"})
            span.string = words.format(what)
            summary.append(span)


def hidden(fold: Tag, words: str) -> str:
    """Return what a folded cell hides."""
    what = next((said for kind, said in KINDS.items() if f"cell {kind}" in words), "the code")
    cell = fold.find_parent("div", class_="cell")
    figure = fold.find_next("figure")
    if what != "the code" or not isinstance(figure, Tag) or not isinstance(cell, Tag):
        return what
    following = fold.find_next("div", class_="cell")
    if following and following in figure.find_all_previous("div", class_="cell"):
        return what
    number = figure.select_one(".caption-number")
    figure_name = number.get_text(strip=True).replace("Fig.", "Figure").strip() if number else ""
    return f"{what} of {figure_name}" if figure_name else what


def open_without_script(page: BeautifulSoup) -> None:
    """Turn an admonition that a script would fold into `<details>`: keyboard, print and search in the page work."""
    for box in page.select("div.admonition.dropdown"):
        title = box.find("p", class_="admonition-title", recursive=False)
        if isinstance(title, Tag):
            box.name, title.name = "details", "summary"
            box["class"] = [*box["class"], "fold"]


def simplify_dropdowns(page: BeautifulSoup) -> None:
    """Give sphinx-design's dropdowns the same shape: their summaries hold pictures and spans for a chevron."""
    for box in page.select("details.sd-dropdown"):
        summary = box.find("summary", recursive=False)
        title = box.select_one("summary .sd-summary-text")
        if not isinstance(summary, Tag) or not title:
            continue
        words = list(title.contents)
        summary.clear()
        summary.extend(words)
        summary["class"], box["class"] = ["admonition-title"], ["admonition", "dropdown", "fold"]


def count_hints(page: BeautifulSoup) -> None:
    """Give hints and solutions numbers, so that no two of a page have the same name; a hint shares its solution's."""
    number, last = 0, ""
    for summary in page.select("details.fold > summary"):
        words = summary.get_text(" ", strip=True)
        kind = words.partition(" ")[0]
        if kind not in {"Hint", "Solution"} or any(letter.isdigit() for letter in words):
            continue
        if not (kind == "Solution" and last == "Hint") and not (kind == "Hint" and last == "Hint"):
            number += 1
        last = kind
        rest = words.partition(" ")[2]
        summary.string = f"{kind} {number}" + (f", {rest}" if rest else "")


MENDS = (name_cells, simplify_dropdowns, open_without_script, count_hints)
