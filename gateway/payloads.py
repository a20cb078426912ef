"""MQTT messages as readings: a JSON object, an array of them, or a plain number with or without its unit."""

import re
from datetime import datetime

import orjson

from core.diagnostics.ingest.blocks import Block, Reason, Refused
from core.diagnostics.ingest.json_lines import Row, block_of, rows_of
from gateway.topics import TopicMap

_PLAIN = re.compile(r"\s*([-+]?[\d.,]+(?:[eE][-+]?\d+)?|\S+)\s*(.*)", re.DOTALL)


class MessageReader:
    """Gathers messages into a block. A plain number was measured when it came: there is no other time to know."""

    def __init__(self, topics: TopicMap) -> None:
        self._topics = topics
        self._rows: list[Row] = []
        self._refused: list[Refused] = []

    def add(self, topic: str, payload: bytes, received: datetime) -> None:
        """Read a message. What is refused is kept as the topic, a space, and the payload."""
        raw = topic.encode(errors="replace") + b" " + payload
        try:
            self._rows.extend(self._read(topic, payload, raw, received))
        except (ValueError, TypeError):
            self._refused.append(Refused(Reason.UNPARSABLE, raw))

    def block(self) -> Block:
        """Return what was gathered, and begin anew."""
        block = block_of(self._rows, self._refused)
        self._rows, self._refused = [], []
        return block

    def _read(self, topic: str, payload: bytes, raw: bytes, received: datetime) -> list[Row]:
        named = self._topics.named(topic)
        if payload.lstrip()[:1] in (b"{", b"["):
            parsed = orjson.loads(payload)
            machine = named.sensor.partition("/")[0]
            records = parsed if isinstance(parsed, list) else [parsed]
            rows = [
                row if row.unit or not named.unit else row._replace(unit=named.unit)
                for record in records
                for row in rows_of(record, raw, machine=machine, sensor=named.sensor, received=received)
            ]
            if not rows:
                raise ValueError("nothing in it")
            return rows
        plain = _PLAIN.fullmatch(payload.decode())
        if plain is None or not named.sensor:
            raise ValueError("no number, or of no sensor")
        return [Row(named.sensor, received, plain[1], plain[2].strip() or named.unit, "", raw)]
