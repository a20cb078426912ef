"""Domain objects to text, keyboards and pictures: pure functions."""
