"""Nobody gets in, nothing leaks, the process lives."""
