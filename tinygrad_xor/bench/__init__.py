"""How fast it is, beside other engines and beside what can be written by hand.

``runs`` measures: contestants take turns in the same minute, and medians are compared. The other
files hold a workload each, and everything in it that is compared: the same mathematics, from the
same weights, with an answer by which that is checked. An engine that is not installed is left out.
"""

from tinygrad_xor.bench.runs import WORKLOADS, Measured, Workload, measure

__all__ = ["WORKLOADS", "Measured", "Workload", "measure"]
