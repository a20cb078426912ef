"""The caretaker on real PostgreSQL, and on TimescaleDB where TEST_DATABASE_URL has it."""
