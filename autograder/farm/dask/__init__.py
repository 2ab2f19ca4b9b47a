"""A Dask cluster as a farm."""
