"""Handovers: what one shift leaves to the next, with a note in its own words."""
