"""How fast, how light: ``python -m tests.benchmarks`` (``--quick`` for a short run).

Every program runs in a real pseudo-terminal, all of them in turn in the same run; times are medians, and
ratios are to a bare Textual app of that run. Not run by the tests: times belong to a machine.
"""
