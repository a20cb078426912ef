"""The simulator of the demonstration plant."""
