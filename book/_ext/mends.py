"""What the themes and Sphinx write and should not: names that contradict what is seen, roles, invalid markup."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup, NavigableString, Tag

STROKE = 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'
ICONS = {
    "fa-angle-left": f'<path d="M15 5l-7 7 7 7" {STROKE}/>',
    "fa-angle-right": f'<path d="M9 5l7 7-7 7" {STROKE}/>',
    "fa-arrow-up": f'<path d="M12 20V4m-7 7l7-7 7 7" {STROKE}/>',
    "fa-bars": f'<path d="M4 6h16M4 12h16M4 18h16" {STROKE}/>',
    "fa-list": f'<path d="M9 6h11M9 12h11M9 18h11M4 6h.5M4 12h.5M4 18h.5" {STROKE}/>',
    "fa-magnifying-glass": f'<path d="M16 16l5 5M4 10a6.5 6.5 0 1 0 13 0a6.5 6.5 0 1 0-13 0" {STROKE}/>',
    "fa-expand": f'<path d="M9 4H4v5M15 4h5v5M9 20H4v-5M15 20h5v-5" {STROKE}/>',
    "fa-sun": f'<path d="M8 12a4 4 0 1 0 8 0a4 4 0 1 0-8 0M12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6L19 19'
    f'M5 19l1.4-1.4M17.6 6.4L19 5" {STROKE}/>',
    "fa-moon": f'<path d="M20 14.5A8.5 8.5 0 1 1 9.5 4a7 7 0 0 0 10.5 10.5z" {STROKE}/>',
    "fa-circle-half-stroke": f'<path d="M12 3a9 9 0 0 1 0 18z" fill="currentColor"/>'
    f'<path d="M3 12a9 9 0 1 0 18 0a9 9 0 1 0-18 0" {STROKE}/>',
}


def draw_icons(page: BeautifulSoup) -> None:
    """Draw the few icons: the theme loads 1.6 MB of Font Awesome for them."""
    for icon in page.select("i[class*=fa-], span[class*=fa-]"):
        name = next((found for found in icon.get("class", []) if found in ICONS), None)
        if name is None:
            raise ValueError(f"The theme uses the icon {icon}, which book/_ext/mends.py does not draw.")
        kept = " ".join(found for found in icon["class"] if not found.startswith(("fa-", "fas")))
        mode = f' data-mode="{icon["data-mode"]}"' if icon.has_attr("data-mode") else ""
        drawn = f'<svg class="icon {kept}"{mode} viewBox="0 0 24 24" aria-hidden="true" focusable="false">'
        icon.replace_with(BeautifulSoup(f"{drawn}{ICONS[name]}</svg>", "html.parser"))


def load_less(page: BeautifulSoup) -> None:
    """Load no Font Awesome, no Bootstrap scripts (for a button we do not have), no search on pages without search."""
    unused = ["fontawesome.js", "bootstrap.js", "design-tabs.js", "togglebutton.js", "togglebutton.css"]
    if not page.select_one("#search-results, .bd-search-container"):
        unused += ["searchtools.js", "language_data.js", "searchindex.js"]
    for tag in page.select("head script[src], head link[href], body script[src]"):
        address = str(tag.get("src") or tag.get("href")).partition("?")[0]
        if address.endswith(tuple(f"/{name}" for name in unused)) or address in unused:
            tag.decompose()
    for tag in page.select("script"):
        if re.search("toggleHint|toggleOpen|togglebutton", tag.string or ""):
            tag.decompose()


def name_buttons(page: BeautifulSoup) -> None:
    """Let a button's name hold the words that are seen on it (WCAG 2.5.3), and name those that only had a tooltip."""
    for button in page.select("button"):
        for name in ("data-bs-toggle", "data-bs-placement", "data-bs-title"):
            button.attrs.pop(name, None)
        if button.select_one(".search-button__default-text"):
            button.attrs.pop("aria-label", None)
            button.attrs.pop("title", None)
            for key in button.select(".search-button__kbd-shortcut"):
                key["aria-hidden"] = "true"
        elif "theme-switch-button" in button.get("class", []):
            button["aria-label"] = button["title"] = "Colour mode"
        elif button.get("title") and not button.get_text(strip=True):
            button["aria-label"] = button["title"]
    for field in page.select("form.bd-search input"):
        field["aria-label"] = field["placeholder"] = "Search this book"
        del field["autocorrect"]  # not an attribute of HTML


def put_into_regions(page: BeautifulSoup) -> None:
    """Let all that is read belong to a landmark: the logo and the search in the sidebar do not."""
    sidebar = page.select_one("#pst-primary-sidebar")
    if sidebar:
        sidebar["role"], sidebar["aria-label"] = "region", "Sidebar"
    for empty in page.select("#ethical-ad-placement, #jb-print-docs-body, #pst-header"):
        if empty.get("id") == "pst-header":
            empty.name = "div"  # the theme's scripts measure it
        else:
            empty.decompose()


def mend_references(page: BeautifulSoup) -> None:
    """Drop two roles of the references: one is deprecated, and the other wants children of a kind they are not."""
    for tag in page.select("[role=doc-biblioentry]"):
        del tag["role"]
    for tag in page.select(".citation-list[role=list]"):
        tag.attrs.pop("role")
    for tag in page.select("aside.footnote-list, aside.footnote"):
        tag.attrs.pop("role", None)


def fill_table_heads(page: BeautifulSoup) -> None:
    """Turn an empty head of a column into a plain cell: a head must name something."""
    for head in page.find_all("th"):
        if not head.get_text(strip=True) and not head.find("img"):
            head.name = "td"
            head.clear()


def keep_valid(page: BeautifulSoup) -> None:
    """Mend what is not valid HTML in the templates of the themes."""
    for meta in page.select("head meta[name=viewport]")[1:]:
        meta.decompose()
    for caption in page.select("p.caption[role=heading]"):
        caption["aria-level"] = "2"
    for tag in page.select("section[class=''], [class='']"):
        del tag["class"]
    for link in page.select("a[href]"):
        link["href"] = re.sub(r"\s", "%20", str(link["href"]).strip())


def describe_scripts(page: BeautifulSoup) -> None:
    """Say on which page JavaScript is needed for formulas, to those who have switched it off."""
    article = page.find("article")
    if isinstance(article, Tag) and article.select_one(".math"):
        said = page.new_tag("noscript")
        words = page.new_tag("p")
        words.string = "Without JavaScript, formulas are shown as they are typed."
        said.append(words)
        article.insert(0, said)


def keep_together(page: BeautifulSoup) -> None:
    """Keep a formula with its comma and with the bracket before it, and a number with its percent sign."""
    for formula in page.select("article span.math"):
        before, after = formula.previous_sibling, formula.next_sibling
        opening = re.search(r"[(\[“]+$", before) if isinstance(before, NavigableString) else None
        closing = re.match(r"[,.;:!?)\]”’]+", after) if isinstance(after, NavigableString) else None
        if not opening and not closing:
            continue
        held = page.new_tag("span", attrs={"class": "unbroken"})
        formula.wrap(held)
        if opening and isinstance(before, NavigableString):
            before.replace_with(before[: opening.start()])
            held.insert(0, opening[0])
        if closing and isinstance(after, NavigableString):
            after.replace_with(after[closing.end() :])
            held.append(closing[0])
    for part in page.select("article"):
        for words in part.find_all(string=re.compile(" %")):
            if words.find_parent(["pre", "code", "script", "style"]) is None:
                pattern = r"(?<=\d) %|^ %" if isinstance(words.previous_sibling, Tag) else r"(?<=\d) %"
                words.replace_with(re.sub(pattern, "\N{NO-BREAK SPACE}%", words))


def let_names_break(page: BeautifulSoup) -> None:
    """Let the long names in the tables of exercises break after an underscore, not anywhere."""
    for code in page.select("table.exercises code .pre"):
        parts = re.split(r"(?<=_)", code.get_text())
        code.clear()
        for number, part in enumerate(parts):
            code.extend([page.new_tag("wbr"), part] if number else [part])


MENDS = (
    keep_together,
    let_names_break,
    draw_icons,
    load_less,
    name_buttons,
    put_into_regions,
    mend_references,
    fill_table_heads,
    keep_valid,
    describe_scripts,
)
