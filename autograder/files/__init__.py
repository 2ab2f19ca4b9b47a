"""Files that survive a power loss, folders swapped in whole, digests.

`durable` survives a power loss, `swap` replaces a folder in one step, `digest` tells whether anything has changed,
`disk` whether the disk failed, `lock` keeps two processes apart.
"""
