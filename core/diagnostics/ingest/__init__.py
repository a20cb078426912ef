"""Readings in, by one pipeline whatever the way they come.

A way in (file, HTTP, MQTT, simulator) parses what it gets into a `Block`: columns of text and numbers as they came.
`sift` resolves sensors, converts units and checks each reading; `Intake.take` writes what can be trusted, and puts the
rest into quarantine with the reason, in one transaction. After the commit the accepted readings are told to whoever
watches (`feed.ReadingFeed`).
"""

from core.diagnostics.ingest.columns import NewReading
from core.diagnostics.ingest.writing import write_readings

__all__ = ["NewReading", "write_readings"]
