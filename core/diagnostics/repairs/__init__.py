"""Repair cases: what was behind an alarm that is over, told by who fixed it, approved by a reviewer, and remembered."""
