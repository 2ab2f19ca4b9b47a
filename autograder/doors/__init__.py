"""The ways in: command line, nbgrader, formgrader, one notebook on trial, the demonstration. None of them judges.

`cli` brings the command line together: each `commands_...` holds commands, `options` what they share, `wrong_values`
words what makes no sense to them, `console` (and `..._shown`) what they print; `nbgrader_plugin`, `formgrader` and
`exchange` nbgrader's, `trial` grades one notebook, `demo` shows the whole way, `lab` opens JupyterLab on a copy of the
release.
"""
