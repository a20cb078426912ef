"""Tables of buckets, used where there are no continuous aggregates, and of what they have yet to learn."""

from datetime import datetime

from sqlalchemy import BigInteger, Identity, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class _Rollup:
    """The good readings (quality below 2) of one sensor in one bucket, in the sensor's unit.

    No foreign key to `sensors`: buckets are written by the million. `variance` is that of the population, as var_pop
    computes it (Youngs and Cramer 1971), never from a difference of large sums.
    """

    sensor_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    bucket: Mapped[datetime] = mapped_column(primary_key=True, comment="its beginning")
    count: Mapped[int] = mapped_column(BigInteger)
    outside: Mapped[int] = mapped_column(BigInteger, comment="readings at or beyond a limit")
    minimum: Mapped[float]
    mean: Mapped[float]
    maximum: Mapped[float]
    variance: Mapped[float]
    first: Mapped[float]
    last: Mapped[float]


class RollupMinute(_Rollup, Base):
    """A minute."""

    __tablename__ = "rollup_minutes"


class RollupHour(_Rollup, Base):
    """An hour."""

    __tablename__ = "rollup_hours"


class RollupMark(Base):
    """Readings of a sensor between two times, in one hour, that the buckets don't know yet.

    Marks are only ever added by writers, never merged with those of others: a mark that is seen stands for readings
    that are seen, and one that is not yet committed can't be taken away with another.
    """

    __tablename__ = "rollup_marks"
    __table_args__ = (
        Index("ix_rollup_marks_sensor_id_hour", "sensor_id", "hour"),
        Index("ix_rollup_marks_hour", "hour"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    sensor_id: Mapped[int]
    hour: Mapped[datetime]
    since: Mapped[datetime] = mapped_column(comment="the earliest of the readings")
    until: Mapped[datetime] = mapped_column(comment="the latest of the readings")
    marked_at: Mapped[datetime] = mapped_column(server_default=func.now(), comment="old readings may come today")


class RollupLimitChange(Base):
    """A sensor whose limits have changed, so that its buckets' `outside` is to be counted again; a trigger adds it."""

    __tablename__ = "rollup_limit_changes"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    sensor_id: Mapped[int]
