"""The `hydrodiag` command."""
