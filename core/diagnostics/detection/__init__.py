"""Detection: from readings, as they come, to conditions that are worth an alarm or end one."""
