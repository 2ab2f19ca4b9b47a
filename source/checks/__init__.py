"""Checks a student's function on small random inputs, and a derivative by central differences.

It gives no grade and knows no solution: a derivative is compared with the student's own function.
`digits.check` is the way in.
"""

from .ladder import check as check
