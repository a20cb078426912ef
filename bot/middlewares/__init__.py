"""What every update passes through: in-flight count, correlation id, conversation, identity and language."""
