"""The assignments as notebooks that run in the reader's browser: JupyterLite with the Pyodide kernel, beside the book.

`pieces` knows which files of Pyodide belong together, and `pieces.json` their SHA-256; `places` looks for them in
folders and archives, `fetch` gets them by pip, and `assemble` lays them into `_build/pyodide`, a small Pyodide with
NumPy and Matplotlib. From it `site` builds JupyterLite into `_build/html/lite`, with what `wheels` packs and with the
notebooks that `notebooks` writes; `chapters` links to them from the built chapters. Nothing here is needed to build the
book, to release or to grade.
"""
