"""A notebook in the browser, as a student handles it: open it from its chapter, fill in a function, run, download."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chromium import PATIENCE
from playwright.sync_api import Locator, Page

LAN = "school.test"  # a name in a local network, for which browsers have other rules than for their own machine
ONLY_HERE = f"--host-resolver-rules=MAP {LAN} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
PASTE = """(element, text) => {
    const data = new DataTransfer();
    data.setData("text/plain", text);
    element.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
}"""
HAS_RUN = """([cell, before]) => {
    const now = cell.querySelector(".jp-InputPrompt").textContent;
    return now !== before && /\\[\\d+\\]/.test(now);
}"""
IS_KEPT = """async ([name, words]) => {
    for (const {name: database} of await indexedDB.databases()) {
        const open = await new Promise((resolve) => {
            const asked = indexedDB.open(database);
            asked.onsuccess = () => resolve(asked.result);
        });
        const found = !open.objectStoreNames.contains("files") ? null : await new Promise((resolve) => {
            const asked = open.transaction("files").objectStore("files").get(name);
            asked.onsuccess = () => resolve(asked.result);
        });
        open.close();
        if (JSON.stringify(found ?? null).includes(words)) return true;
    }
    return false;
}"""


class Notebook:
    """A notebook that is open in a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.set_default_timeout(PATIENCE)
        page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()

    def cell(self, words: str) -> Locator:
        """Return the first code cell whose source has these words."""
        return self.page.locator(".jp-CodeCell").filter(has=self.page.locator(".jp-InputArea", has_text=words)).first

    def fill(self, words: str, source: str) -> None:
        """Replace what stands in a cell."""
        editor = self.cell(words).locator(".cm-content")
        editor.click()
        self.page.keyboard.press("Control+A")
        editor.evaluate(PASTE, source)

    def run(self, words: str) -> str:
        """Run a cell; return what it printed, with its error if it raised one."""
        cell = self.cell(words)
        cell.locator(".cm-content").click()
        before = cell.locator(".jp-InputPrompt").text_content()
        self.page.keyboard.press("Control+Enter")
        self.page.wait_for_function(HAS_RUN, arg=[cell.element_handle(), before])
        return " ".join(cell.locator(".jp-OutputArea-output").all_inner_texts())

    def run_all(self) -> str:
        """Run all cells of a solved notebook; return what its last one says."""
        self.cell("STARTED = ").wait_for()
        self.run("STARTED = ")
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        last = self.page.locator(".jp-OutputArea-output", has_text=re.compile(r"all done in \d+"))
        last.first.wait_for(timeout=4 * PATIENCE)
        return last.first.inner_text().strip()

    def download(self, into: Path) -> Path:
        """Choose File > Download; return the file."""
        self.page.get_by_role("menuitem", name="File", exact=True).click()
        with self.page.expect_download() as coming:
            self.page.get_by_role("menuitem", name="Download", exact=True).click()
        path = into / coming.value.suggested_filename
        coming.value.save_as(path)
        return path


def solutions(path: Path) -> dict[str, str]:
    """Return the source of each cell with a solution, by its id."""
    cells: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return {cell["id"]: "".join(cell["source"]) for cell in cells if "### BEGIN SOLUTION" in "".join(cell["source"])}


def solved(path: Path, answers: Mapping[str, str]) -> dict[str, Any]:
    """Return a released notebook with the solutions in it, and a last cell that says how long it took."""
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = answers.get(cell["id"], cell["source"])
    asked = {
        "begin": "import time; STARTED = time.time()",
        "end": "print(f'all done in {time.time() - STARTED:.0f} s')",
    }
    begin, end = (
        {"cell_type": "code", "execution_count": None, "id": key, "metadata": {}, "outputs": [], "source": source}
        for key, source in asked.items()
    )
    notebook["cells"] = [begin, *notebook["cells"], end]
    return notebook
