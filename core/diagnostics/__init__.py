"""Machines, their sensors and what the readings say."""
