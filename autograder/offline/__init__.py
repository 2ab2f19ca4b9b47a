"""The book as pages that need no network and no script: what a student finds beside the notebook.

`links` are the forms of a link into the book, `page` makes one file of an article, and `built` takes articles out of
the built book.
"""
