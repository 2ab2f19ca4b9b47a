"""From a folder that somebody handed in to cells that lie beside the assignment's.

`submission` reads a `folder`, `choice` says which file is which notebook, `notebook_file` reads it, whatever saved
it, and `broken` says what it is instead; `matching` says which cell is which, `align` puts right what is odd
(`aligned_cells` makes its cells anew), `edits` tells honest edits from tampering, `elsewhere` knows another
assignment's notebook; `limits` is how much may be handed in.
"""
