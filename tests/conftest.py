"""Hypothesis profiles: quick for the README, thorough and few for the gate; all repeatable."""

import os

import hypothesis

from tinygrad_xor.engine import modes

hypothesis.settings.register_profile(
    "quick", max_examples=6, deadline=None, derandomize=True, print_blob=False
)
hypothesis.settings.register_profile(
    "few", max_examples=2, deadline=None, derandomize=True, print_blob=False
)
hypothesis.settings.register_profile(
    "thorough", max_examples=12, deadline=None, derandomize=True, print_blob=True
)
hypothesis.settings.load_profile("quick")

if "MUTANT_UNDER_TEST" in os.environ:  # mutmut calls every function through a frame of its own
    import mutmut

    modes.LIBRARIES += (mutmut.__path__[0],)
