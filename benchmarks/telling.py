"""Progress of benchmarks, on stderr: stdout is for their figures."""

import sys


def tell(words: str) -> None:
    """Say it at once."""
    print(words, file=sys.stderr, flush=True)
