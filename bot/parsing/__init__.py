"""What people write after a command, read into what services take."""
