"""What is declared for a table against what is, and what nobody may drop."""

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.callbacks.operations import CancelOperation, ConfirmOperation
from bot.following import Sight
from bot.formatting import escape
from bot.i18n import Text
from bot.views import measures
from bot.views.keyboards import button, rows
from core.timescale.caretaker import Planned
from core.timescale.models import LegalHold
from core.timescale.policies import FIELDS, Declared, Drift


def policy(declared: Declared, drift: Sequence[Drift], plan: Planned | None, text: Text) -> Sight:
    """Say what is declared and what is otherwise; with a plan, offer to mend it."""
    lines = [f"**{escape(text('policies-heading', table=measures.table(declared.table)))}**"]
    for field in FIELDS:
        words = _field(field, getattr(declared, field), text)
        if field == "compress_after" and declared.compress_after and not declared.compressible:
            words += text("policies-not-compressible")
        lines.append(escape(words + (text("policies-own") if field in declared.own else "")))
    if drift:
        lines += ["", f"**{escape(text('policies-drift'))}**", *(escape(f"· {drift_line(one, text)}") for one in drift)]
    else:
        lines += ["", escape(text("policies-as-declared"))]
    lines += ["", *(escape(line) for line in text("policies-usage").splitlines())]
    if plan is None:
        return Sight("  \n".join(lines))
    keyboard = rows(
        [button(text("operations-button-apply"), ConfirmOperation(operation_id=plan.operation))],
        [button(text("operations-button-drop"), CancelOperation(operation_id=plan.operation))],
    )
    return Sight("  \n".join(lines), keyboard)


def drift_line(drift: Drift, text: Text) -> str:
    """Word one thing that is not as declared."""
    if drift.error is not None:
        why = text(drift.error, **drift.params)
        return text("operations-refused", what=text(f"operations-kind-{drift.kind}"), why=why)
    declared, actual = (
        measures.span(value, text) if isinstance(value, timedelta) else value
        for value in (drift.declared, drift.actual)
    )
    return text(f"policies-drift-{drift.kind}", declared=declared, actual=actual, count=drift.count)


def holds(held: Sequence[LegalHold], zone: ZoneInfo, text: Text) -> str:
    """List the holds in force."""
    if not held:
        return escape(text("policies-no-holds"))
    lines = [
        text(
            "policies-hold",
            number=one.id,
            table=measures.table(one.table_name),
            begins=f"{one.begins_at.astimezone(zone):%Y-%m-%d %H:%M}",
            ends=f"{one.ends_at.astimezone(zone):%Y-%m-%d %H:%M}",
            reason=one.reason,
        )
        for one in held
    ]
    return "\n\n".join([f"**{escape(text('policies-holds'))}**", *(escape(line) for line in lines)])


def _field(field: str, span: timedelta | None, text: Text) -> str:
    key = f"policies-{field.replace('_', '-')}"
    if span is None:
        return text(key, span=text("policies-default"))
    return text(key, span=measures.span(span, text)) if span else text(f"{key}-never")
