"""One file per conversation: parse, call a service, hand the result to a view."""
