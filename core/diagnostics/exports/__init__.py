"""Readings out as files: CSV for people and spreadsheets, Parquet for programs."""
