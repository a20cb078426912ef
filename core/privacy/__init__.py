"""What is kept about a person: shown to them as a file, and forgotten on their word."""
