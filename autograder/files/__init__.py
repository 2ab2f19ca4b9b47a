"""Files that survive a power loss, folders swapped in whole, digests."""
