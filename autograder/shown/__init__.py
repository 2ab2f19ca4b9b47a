"""What may be shown of unknown text, HTML and pictures.

`harmless` for HTML, `terminal` for the command line; `allowance` is how much of one notebook, asked before anything
of it is parsed; `formulas` sets formulas without a script; `older` says that code is for an older Python or NumPy.
"""
