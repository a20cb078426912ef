"""Documents to answers."""
