"""Where trials are trained: in this process, in worker processes, or on a Dask cluster."""
