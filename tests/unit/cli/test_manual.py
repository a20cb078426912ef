"""The reference of commands: true, whole, and in both languages."""

from bot.commands import COMMANDS
from cli.__main__ import app
from cli.manual import render_manual
from tests.unit.test_settings import ROOT

MANUAL = render_manual(app)


def test_the_committed_reference_is_true() -> None:
    assert (ROOT / "docs/commands.md").read_text(encoding="utf-8") == MANUAL, "run: hydrodiag manual > docs/commands.md"


def test_every_command_has_its_row_and_every_verb_its_words() -> None:
    rows = [line.strip("| ").split(" | ") for line in MANUAL.splitlines() if line.startswith("| `")]
    assert {row[0] for row in rows} >= {f"`/{command.name}`" for command in COMMANDS}
    assert {"`hydrodiag readings source rotate`", "`hydrodiag timescale adopt`"} <= {row[0] for row in rows}
    assert all(cell for row in rows for cell in row)
    assert all(len(row) in (2, 4) for row in rows)
