"""Diagnostic reports: what was found on a machine, on what evidence, and the work on it until it is closed."""
