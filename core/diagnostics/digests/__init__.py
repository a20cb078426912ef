"""Digests: what happened on somebody's machines while they looked elsewhere, once a day and before their shift."""
