"""Lets an entry of the index lead to its bold word: `**{index}`loss`**` otherwise leaves an empty element.

The script of Sphinx's search stops at an element with an id and nothing in it (7.4.7).
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform


class Indexed(SphinxTransform):
    """Gives the id of an index entry to the bold text around it."""

    default_priority = 700

    def apply(self, **_: Any) -> None:
        """Move the ids."""
        for entry in list(self.document.findall(addnodes.index)):
            target = entry.next_node(nodes.target, descend=False, siblings=True)
            if target is not None and not target.children and isinstance(entry.parent, nodes.strong):
                entry.parent["ids"] += target["ids"]
                target.parent.remove(target)


def setup(app: Sphinx) -> dict[str, Any]:
    """Make the transform known."""
    app.add_transform(Indexed)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
