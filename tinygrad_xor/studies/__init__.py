"""Studies: the same work for many settings and seeds, on one processor, a cluster, or a hundred.

`study` makes the jobs and keeps their records. Who runs them is an executor of
``concurrent.futures``: a pool of processes, Dask's ``client.get_executor()``, mpi4py's
``MPIPoolExecutor``.
"""

from tinygrad_xor.studies.executors import Here
from tinygrad_xor.studies.study import fitted, study

__all__ = ["Here", "fitted", "study"]
