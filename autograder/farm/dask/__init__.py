"""A Dask cluster as a farm.

`clusters` is the way to one that exists, `crew` knows who is there and may work, `farm` gives out the work, `station`
is its side in the worker, `folder` a data set that travels.
"""
