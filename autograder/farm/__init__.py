"""Many processes that work for one: on this machine, or on a cluster."""
