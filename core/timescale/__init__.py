"""What the database can do, how it is, and what it needs."""
