"""Readings in short: minute and hour buckets, maintained as readings come, late or corrected.

Whoever writes readings calls `mark_changed` in the same transaction; `RollupService.refresh` brings the marked buckets
up to date; `read_series` reads buckets, and raw readings wherever a mark still stands, so it never tells old news.

The buckets are read by the same names everywhere: `sensor_minutes` and `sensor_hours` are continuous aggregates on
TimescaleDB's Community edition, and views of the tables `rollup_minutes` and `rollup_hours` elsewhere.
"""
