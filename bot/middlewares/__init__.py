"""What every update passes through, in this order: in-flight count, correlation id, identity and language."""
