"""Benchmarks: each runs a peer in the same run, on the same file system, with the same PRAGMAs and the
same payload bytes, so that the figure is a ratio. Nothing here is asserted; see docs/benchmarks.md."""
