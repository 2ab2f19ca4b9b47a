"""What an instructor's browser does with a hostile submission: nothing but show it, in the formgrader and in feedback.

A submission full of script is graded; then nbgrader's real formgrader is opened in Chromium.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import pytest
from cheat import Cheat
from cheat_class import Classroom, hand_in
from chromium import chromium, new_page
from formgrader_server import formgrader
from nbgrader.api import Gradebook
from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("cheats-browser")]
TOKEN = "a-token-of-the-instructor"
RUNS = "window.script_ran = 1; fetch('http://elsewhere.invalid/ran')"
CHANGE = "/formgrader?path=autograded/mallory/exam"
MARKUP = [
    f"<script>{RUNS}</script>",
    f'<img src="x.png" onerror="{RUNS}">',
    f'<svg onload="{RUNS}"><a xlink:href="javascript:{RUNS}"><text>click</text></a></svg>',
    f'<math><mtext><table><mglyph><style><img src=x onerror="{RUNS}"></style></mglyph></table></mtext></math>',
    f'<b onmouseover="{RUNS}" onclick="{RUNS}" style="position:fixed;top:0;left:0;width:9999px;height:9999px">x</b>',
    f'<!--><img src=x onerror="{RUNS}">-->',
    f'<noscript><p title="</noscript><img src=x onerror=&quot;{RUNS}&quot;>"></noscript>',
    f'<a href="javascript:{RUNS}">a</a> <a href="java&#9;script:{RUNS}">b</a> <a href="{CHANGE}">c</a>',
    f'<iframe src="{CHANGE}"></iframe><iframe srcdoc="<script>parent.{RUNS}</script>"></iframe>',
    f'<object data="data:text/html,<script>{RUNS}</script>"></object><embed src="http://elsewhere.invalid/e">',
    f'<form action="{CHANGE}" id="f"><input name="score" autofocus onfocus="{RUNS}"><button>save</button></form>',
    '<meta http-equiv="refresh" content="0; url=http://elsewhere.invalid/m"><base href="http://elsewhere.invalid/">',
    '<link rel="stylesheet" href="http://elsewhere.invalid/l.css"><style>@import "http://elsewhere.invalid/s";</style>',
    "<style>* { display: none !important } body { background: url(http://elsewhere.invalid/b) }</style>",
    f'<img src="{CHANGE}"><img src="http://elsewhere.invalid/i.png"><img src="files///elsewhere.invalid/f.png">',
    '<video src="http://elsewhere.invalid/v" autoplay poster="http://elsewhere.invalid/p"></video>',
    '<div style="background: url(http://elsewhere.invalid/u)">u</div><table background="http://elsewhere.invalid/t">',
    '<div class="navbar navbar-fixed-top modal show" style="height:4000px;background-color:white">all</div>',
    '<span class="btn full-credit save-icon" data-link="x" data-toggle="modal">give full credit</span>',
    '<input id="test-double-number"><div id="test-double-number-comment"></div><p id="statusmessage">saved</p>',
]
# Formulas that would set attributes, change what commands draw elsewhere, or take a label or the clicks on the page.
LINK = f'\\mmlToken{{mi}}[href="javascript:{RUNS}" id="statusmessage" class="navbar" fontsize="60em"]{{x}}'
FORMULAS_OF_MALLORY = [
    f"${LINK}$",
    f"${LINK.replace('Token', '<wbr>Token')}$",
    "$\\def\\frac#1#2{HIJACKED} \\let\\sqrt\\text \\renewcommand{\\tfrac}[2]{HIJACKED}$",
    "$\\DeclareMathOperator{\\frac}{HIJACKED} \\newcommand{\\sqrt}{HIJACKED}$",
    "\\begin{equation}x \\label{eq:half}\\end{equation}",
    "$\\smash{\\rlap{\\rule{200em}{200em}}}$",
]
OWN_FORMULA = "\\begin{equation}\\frac{1}{2} + \\sqrt{2} + \\tfrac{1}{3} \\label{eq:half}\\end{equation}"
MARKDOWN = [
    *MARKUP,
    *FORMULAS_OF_MALLORY,
    "# test-double-number\n\n# double-comment\n\n# test-double-number_extra_credit\n\n# statusmessage",
    f"[a](javascript:{RUNS.replace(' ', '')}) [b](data:text/html;base64,PHNjcmlwdD4=) [c](page.html) [d]({CHANGE})",
    f"![a]({CHANGE}) ![b](http://elsewhere.invalid/m.png) ![c](//elsewhere.invalid/n.png)",
    f"$\\href{{javascript:{RUNS}}}{{x}} \\class{{navbar-fixed-top}}{{y}} \\cssId{{double-comment}}{{z}}$",
    "$$\\require{html} \\style{position:fixed;top:0}{x} \\unicode[url(http://elsewhere.invalid/font)]{65}$$",
    f'\\begin{{x}}<img src=x onerror="{RUNS}">\\end{{x}}',
    '```mermaid\ngraph LR; A-->B; click A "javascript:1"\n```',
    "![](attachment:none.png)",
    f"![](attachment:x.png)\n\n<details><summary>s</summary>\n\n{MARKUP[0]}\n\n</details>",
    "<x " * 3000 + "[" * 3000,
]
SHOWN = f"""
import base64
import matplotlib.pyplot as plt
from IPython.display import HTML, JSON, SVG, Javascript, Latex, Markdown, display
for text in {[*MARKDOWN, *MARKUP]!r}:
    display(HTML(text), Markdown(text), Latex(text))
    display({{'image/svg+xml': text, 'image/png': text, 'image/jpeg': text, 'text/latex': text}}, raw=True)
    print(text)
script = {RUNS!r}
display(Javascript(script), JSON({{'x': script}}))
display(SVG(f'<svg xmlns="http://www.w3.org/2000/svg" onload="{{script}}"><script>{{script}}</script></svg>'))
display({{'text/html': '', 'application/vnd.jupyter.widget-view+json': '{{}}', 'text/vnd.mermaid': 'graph'}}, raw=True)
plt.title({MARKUP[0]!r})
plt.plot([1, 2])
plt.show()
raise ValueError({MARKUP[0]!r} + '\\n\\n' + {MARKUP[1]!r} + '\\n\\n![](http://elsewhere.invalid/x.png)')"""
HONEST = """
import matplotlib.pyplot as plt
from IPython.display import HTML, Latex, Markdown, display
plt.title('a figure of my own')
plt.plot([1, 2])
plt.show()
display(HTML('''<div><style scoped>.dataframe tbody tr th { vertical-align: top; }</style>
<table border="1" class="dataframe"><thead><tr style="text-align: right;"><th></th><th>loss</th></tr></thead>
<tbody><tr><th>0</th><td style="color: red">0.25</td></tr></tbody></table></div>'''))
display(Latex('$\\\\frac{1}{2}$'), Markdown('**bold** and $x_1$'))"""
HONEST_TEXT = """## What I found

The loss is $L = \\frac{1}{m}\\sum_i \\ell_i$, see [NumPy](https://numpy.org/doc/stable/):

$$\\begin{aligned} a &< b \\\\ c &= \\mathbf{W}x \\end{aligned}$$

| layer | units |
|-------|-------|
| 1     | 200   |

```python
if a < b: print("<b>")
```

<div style="text-align: center"><b>Done</b></div>

![a plot](plot.svg)
"""


# Where a page has the student's cells, and what it makes of them.
CELLS = {"formgrader": "#notebook .cell", "feedback": "[class^=own-]"}
PICTURES = {"formgrader": "#notebook .output_png img", "feedback": ".own-picture img"}
HTML = {"formgrader": ".output_html", "feedback": ".own-html"}
CODE = {"formgrader": ".text_cell .highlight .k", "feedback": ".own-text .highlight .k"}
FORMULAS = {"formgrader": "mjx-container", "feedback": "math"}


@dataclass
class Opened:
    """A page, what it has asked of other hosts, and what its scripts complained of."""

    page: Page
    foreign: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def scripts_of_the_student(self) -> list[str]:
        """Return the signs of a script of the submission: that one ran, or waits for something to happen."""
        ran = self.page.evaluate("window.script_ran ? ['a script ran'] : []")
        waiting = self.page.evaluate(
            "[...document.querySelectorAll('#notebook *, main *, header *')].flatMap(e => [...e.attributes])"
            ".filter(a => /^on/i.test(a.name) || /^\\s*(javascript|data:text)/i.test(a.value)).map(a => a.value)"
        )
        return [*ran, *waiting]


@dataclass
class Course:
    """The graded course with its formgrader: where it is, and the pages of submissions in it."""

    room: Classroom
    address: str

    def formgrader(self, student: str) -> str:
        """Return the address of the page that shows a submission."""
        return f"{self.address}/formgrader/submissions/{self.notebook(student)}/"

    def notebook(self, student: str) -> str:
        """Return the id that the formgrader has for a submitted notebook."""
        with Gradebook(f"sqlite:///{self.room.course.gradebook}") as book:
            return str(book.find_submission_notebook("exam", "exam", student).id)

    def feedback(self, student: str) -> str:
        """Return the address of a feedback page."""
        return (self.room.course.feedback / student / "exam" / "exam.html").as_uri()


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Course]:
    """Return a course with a hostile and an honest submission, graded, in a running formgrader."""
    room = Classroom(tmp_path_factory.mktemp("browser"), [], os.getuid())
    try:
        path = room.course.source / "exam" / "exam.ipynb"
        notebook = nbformat.read(path, as_version=4)
        notebook.cells[0].source += f"\n\n{OWN_FORMULA}"
        nbformat.write(notebook, path)
        assert room.run("release", "exam")[0] == 0
        picture = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><circle r="20"/></svg>'
        honest = Cheat("", "", last=HONEST, markdown=(HONEST_TEXT,), files={"plot.svg": picture})
        hostile = Cheat(
            "",
            "",
            answers={
                "relu": f"def relu(Z):\n    raise ValueError('\\n\\n' + {MARKUP[0]!r} + '\\n\\n' + {MARKUP[1]!r})"
            },
            last=SHOWN,
            markdown=tuple(MARKDOWN),
            attachments={"x.png": {"image/png": f'" onerror="{RUNS}"', "text/html": MARKUP[0]}},
            files={
                "nbgrader_config.py": "open('script_ran', 'w').close()",
                "page.html": f"{MARKUP[0]}a page",
                "plot.svg": f'<svg xmlns="http://www.w3.org/2000/svg"><script>{RUNS}</script></svg>',
            },
        )
        hand_in(room.course, "honest", honest, None, {})
        hand_in(room.course, "mallory", hostile, "double", {})
        code, said, _ = room.run("grade", "exam")
        assert code == 0, said
        with Gradebook(f"sqlite:///{room.course.gradebook}") as book:
            last = " ".join([MARKUP[1], *FORMULAS_OF_MALLORY])
            book.update_or_create_student("mallory", first_name=MARKUP[0], last_name=last)
        code, said, _ = room.run("feedback", "exam")
        assert code == 0, said
        with formgrader(room.course.root, TOKEN) as address:
            yield Course(room, address)
    finally:
        room.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def opened(browser: Browser, url: str) -> Opened:
    """Open a page and wait until it has come to rest."""
    found = Opened(new_page(browser, viewport={"width": 1280, "height": 900}))
    here = re.match(r"\w+://[^/]*", url)
    assert here
    page = found.page
    known = (here[0], "data:", "blob:", "about:")
    page.on("request", lambda request: None if request.url.startswith(known) else found.foreign.append(request.url))
    page.on("pageerror", lambda error: found.complaints.append(f"{error} {error.stack}"))
    page.on("dialog", lambda dialog: found.complaints.append(dialog.message))
    if url.startswith("http"):  # log in as people do: what they are logged in by is sent with every request
        page.goto(f"{here[0]}/login")
        page.fill("input[name=password]", TOKEN)
        page.click("#login_submit")
        page.wait_for_load_state("networkidle")
    page.goto(url)
    page.wait_for_load_state("networkidle")
    page.evaluate("window.MathJax && MathJax.startup && MathJax.startup.promise.then(() => true)")
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
    return found


@pytest.mark.parametrize("where", ["formgrader", "feedback"])
def test_a_hostile_submission_is_only_shown(course: Course, browser: Browser, where: str) -> None:
    found = opened(browser, getattr(course, where)("mallory"))
    assert found.page.locator(CELLS[where]).count() > 40
    assert "window.script_ran" in found.page.locator("body").inner_text(), "what was in it can be read"
    assert found.scripts_of_the_student() == []
    assert found.foreign == []
    assert found.complaints == []
    links = "[...document.querySelectorAll('#notebook a[href], main a[href]')].map(a => a.getAttribute('href'))"
    assert all(re.match(r"#|https?://(?!elsewhere|127|local)", link) for link in found.page.evaluate(links))
    tags = "[...document.querySelectorAll('#notebook *, main *, header *')].map(e => e.localName)"
    assert not {"script", "style", "iframe", "form", "svg", "base"} & set(found.page.evaluate(tags)) - {"svg", "style"}
    found.page.context.close()


def test_a_formula_leads_nowhere_and_changes_no_other(course: Course, browser: Browser) -> None:
    found = opened(browser, course.formgrader("mallory"))
    page = found.page
    assert page.locator("mjx-container").count() > len(FORMULAS_OF_MALLORY), "formulas are drawn"
    assert page.locator("mjx-container a, mjx-container .navbar, mjx-container #statusmessage").count() == 0
    clicked = "parts => parts.some(part => getComputedStyle(part).pointerEvents !== 'none')"
    assert not page.locator("mjx-container *").evaluate_all(clicked)
    of_the_instructor = page.locator("#notebook .text_cell", has_text="Exam").first.locator("mjx-container")
    drawn = of_the_instructor.evaluate("e => [...e.querySelectorAll('[data-mml-node]')].map(p => p.dataset.mmlNode)")
    assert (drawn.count("mfrac"), drawn.count("msqrt"), drawn.count("merror")) == (2, 1, 0)
    assert found.scripts_of_the_student() == []
    page.context.close()


@pytest.mark.parametrize("page", ["gradebook/exam/exam", "manage_students", "manage_students/mallory/exam"])
def test_a_name_is_only_shown(course: Course, browser: Browser, page: str) -> None:
    found = opened(browser, f"{course.address}/formgrader/{page}")
    assert found.page.locator("table td").count() > 1
    assert found.scripts_of_the_student() == []
    assert found.foreign == []
    found.page.context.close()


def test_nothing_of_it_has_run_in_the_server(course: Course, browser: Browser) -> None:
    opened(browser, course.formgrader("mallory")).page.context.close()
    assert not list(course.room.course.root.rglob("script_ran"))


@pytest.mark.parametrize("where", ["submitted", "autograded"])
def test_the_formgrader_does_not_run_the_configuration_of_a_student(
    course: Course, browser: Browser, where: str
) -> None:
    found = opened(browser, course.formgrader("mallory"))
    answer = found.page.goto(f"{course.address}/formgrader?path={where}/mallory/exam")
    assert answer
    assert answer.status == 403
    assert (course.room.course.root / where / "mallory" / "exam" / "nbgrader_config.py").is_file()
    assert not list(course.room.course.root.rglob("script_ran"))
    found.page.context.close()


def test_a_file_beside_the_notebook_is_no_page_of_the_server(course: Course, browser: Browser) -> None:
    found = opened(browser, course.formgrader("mallory"))
    place = f"{course.address}/formgrader/submissions/{course.notebook('mallory')}"
    for name in ("page.html", "plot.svg"):
        answer = found.page.goto(f"{place}/{name}")
        assert answer
        assert answer.ok
        assert not found.page.evaluate("window.script_ran || 0")
    assert found.foreign == []
    found.page.context.close()


@pytest.mark.parametrize("student", ["mallory", "honest"])
def test_the_controls_of_the_page_work(course: Course, browser: Browser, student: str) -> None:
    found = opened(browser, course.formgrader(student))
    page = found.page
    field = page.locator("input.score").nth(1)
    name = field.get_attribute("id")
    assert name == "test-double-number"
    field.scroll_into_view_if_needed()
    covering = field.evaluate(
        "e => { const r = e.getBoundingClientRect();"
        " return document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2) === e }"
    )
    assert covering, "something covers the field"
    with page.expect_response(lambda answer: answer.request.method == "PUT") as saved:
        field.fill("0.5")
        field.blur()
    assert saved.value.ok
    with page.expect_response(lambda answer: answer.request.method == "PUT") as saved:
        page.locator("textarea#double-comment").fill("well tried")
        page.locator("textarea#double-comment").blur()
    assert saved.value.ok
    with Gradebook(f"sqlite:///{course.room.course.gradebook}") as book:
        grades = book.find_submission_notebook("exam", "exam", student).grades
        assert {grade.name: grade.manual_score for grade in grades if grade.manual_score is not None} == {name: 0.5}
    assert page.locator("li.next a").get_attribute("href")
    page.context.close()


@pytest.mark.parametrize("where", ["formgrader", "feedback"])
def test_honest_output_still_shows(course: Course, browser: Browser, where: str) -> None:
    found = opened(browser, getattr(course, where)("honest"))
    page = found.page
    drawn = "which => [...document.querySelectorAll(which)].filter(i => i.naturalWidth > 100).length"
    assert page.evaluate(drawn, PICTURES[where]) == 1
    assert page.locator("table.dataframe td").first.evaluate("e => getComputedStyle(e).color") == "rgb(255, 0, 0)"
    assert page.locator(f"{HTML[where]} strong").inner_text() == "bold"
    assert page.locator(FORMULAS[where]).count() == 4 + (where == "formgrader")  # which shows OWN_FORMULA too
    assert page.locator("mjx-merror, [data-mjx-error], merror").count() == 0
    assert page.get_by_text("What I found", exact=False).count() == 1
    assert page.locator("a[href='https://numpy.org/doc/stable/']").count() == 1
    assert page.locator(CODE[where]).first.inner_text() == "if"
    beside = "img[src='plot.svg']" if where == "formgrader" else ".own-text img[alt='a plot']"
    assert page.evaluate("which => document.querySelector(which).naturalWidth", beside) == 40
    assert found.foreign == []
    assert found.complaints == []
    page.context.close()


def test_a_script_and_a_foreign_request_would_be_noticed(browser: Browser, tmp_path: Path) -> None:
    for number, text in enumerate(MARKUP[:3]):
        path = tmp_path / f"{number}.html"
        path.write_text(f'<div id="notebook">{text}</div>')
        found = opened(browser, path.as_uri())
        assert "a script ran" in found.scripts_of_the_student()
        assert found.foreign == ["http://elsewhere.invalid/ran"]
        found.page.context.close()
