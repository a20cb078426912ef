"""What in the database is ours: Alembic must not want to drop what TimescaleDB made."""

from sqlalchemy.schema import SchemaItem


def include_object(
    item: SchemaItem, name: str | None, kind: str, reflected: bool, compare_to: SchemaItem | None
) -> bool:
    """Leave out the index on time that `create_hypertable` adds unless told not to. Its schemas are never looked at."""
    found_only = reflected and compare_to is None
    return not (found_only and kind == "index" and name == "sensor_data_time_idx")
