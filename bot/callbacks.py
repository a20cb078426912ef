"""What inline buttons carry; Telegram allows 64 bytes."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from aiogram.filters.callback_data import CallbackData

from core.diagnostics.digests.models import DigestKind
from core.diagnostics.exports.writers import Format
from core.diagnostics.reports.models import Step
from core.rag.documents import Access
from core.rag.querylog import FeedbackReason
from core.rag.safety import Point
from core.users.models import Role
from core.users.preferences import Setting


class SetLanguage(CallbackData, prefix="lang"):
    """Speak `language` from now on."""

    language: str


class ShowSettings(CallbackData, prefix="sets"):
    """List what is chosen."""


class OpenSetting(CallbackData, prefix="set"):
    """Turn to a setting."""

    setting: Setting


class Choose(CallbackData, prefix="choose", sep="|"):
    """Make `value` the choice for a setting."""

    setting: Setting
    value: str


class ConfirmForgetting(CallbackData, prefix="forget"):
    """Forget the person who taps, who was told what that means at `told_at` (seconds since 1970 began)."""

    told_at: int


class KeepMe(CallbackData, prefix="keepme"):
    """Forget nobody."""


class Stop(CallbackData, prefix="stop"):
    """Stop the answer that is being written in this chat."""


class OpenSource(CallbackData, prefix="src"):
    """Show passage `number` (from 1) of the answer to `query_id` word for word."""

    query_id: int
    number: int


class OpenAnswer(CallbackData, prefix="whole"):
    """Show the whole answer to `query_id` in place of its beginning."""

    query_id: int


class TurnSource(CallbackData, prefix="turn"):
    """Turn an opened source to another one, or to another part (from 0; -1: the last) of a long one."""

    query_id: int
    number: int
    part: int


class WantDocument(CallbackData, prefix="want"):
    """Tell the admins that a document is missing for the question of `query_id`."""

    query_id: int


class ShowGaps(CallbackData, prefix="gaps"):
    """Turn to a page (from 0) of the gap report."""

    page: int


class ExportGaps(CallbackData, prefix="gapscsv"):
    """Send the gap report as a file."""


class TickPoint(CallbackData, prefix="iso"):
    """Tick a point of the safety checklist in front of the answer to `query_id`, or take it back."""

    query_id: int
    point: Point
    on: bool


class StillIsolated(CallbackData, prefix="still"):
    """Confirm that the machine is isolated as it was at the last checklist."""

    query_id: int


class TalkAbout(CallbackData, prefix="talk"):
    """Talk about this machine from now on."""

    system_id: int


class ShowVersions(CallbackData, prefix="idx"):
    """List the versions of the index."""


class UseVersion(CallbackData, prefix="idxuse"):
    """Say what using this version of the index would change."""

    version: int


class ConfirmVersion(CallbackData, prefix="idxok"):
    """Use this version, as long as `instead_of` (0: none) is still the current one."""

    version: int
    instead_of: int


class BuildIndex(CallbackData, prefix="idxbuild"):
    """Bring the index up to date."""


class ShowDocuments(CallbackData, prefix="docs"):
    """Turn to a page (from 0) of the library."""

    page: int = 0


class ShowDocument(CallbackData, prefix="doc"):
    """Open the card of a document."""

    document_id: int


class SetAccess(CallbackData, prefix="docacc"):
    """Say who may be answered from a document; like all that follow, only while it is at that revision."""

    document_id: int
    revision: int
    access: Access


class ShowMachines(CallbackData, prefix="docmach"):
    """Choose the machines of a document."""

    document_id: int


class TagMachine(CallbackData, prefix="doctag"):
    """Say that a document is about this machine, or (`on` is false) that it isn't; machine 0: about all."""

    document_id: int
    revision: int
    system_id: int
    on: bool


class IndexDocument(CallbackData, prefix="docagain"):
    """Try to index a document once more."""

    document_id: int
    revision: int


class StopIndexing(CallbackData, prefix="docstop"):
    """Stop the rebuild for a document."""

    document_id: int
    revision: int


class DeleteDocument(CallbackData, prefix="docdel"):
    """Ask whether to delete a document, and, when one is `sure`, delete it."""

    document_id: int
    revision: int
    sure: bool = False


class CancelJob(CallbackData, prefix="cancel", sep="|"):
    """Have the job that reports under this name given up."""

    job: str


class ConfirmOperation(CallbackData, prefix="opok"):
    """Have a planned operation done."""

    operation_id: int


class CancelOperation(CallbackData, prefix="opend"):
    """Drop a plan, an order or a run."""

    operation_id: int


class ShowOperation(CallbackData, prefix="op"):
    """Open an operation, and follow it while it runs."""

    operation_id: int


class Rate(CallbackData, prefix="rate"):
    """Thumbs up (1) or down (-1) for the answer to `query_id`."""

    query_id: int
    value: int


class RateReason(CallbackData, prefix="reason"):
    """Why the thumb for the answer to `query_id` went down."""

    query_id: int
    reason: FeedbackReason


class AskAgain(CallbackData, prefix="again"):
    """Ask the question of `query_id` once more."""

    query_id: int


class Decide(CallbackData, prefix="access"):
    """Answer a stranger's request: ENGINEER lets them in, BLOCKED silences them."""

    user_id: int
    role: Role


class AskToJoin(CallbackData, prefix="join"):
    """Ask the admins to be let in."""


class ShowAudit(CallbackData, prefix="audit"):
    """Turn to a page (from 0) of the audit log, of one user or (0) of everybody."""

    page: int
    about_id: int


class ShowUsers(CallbackData, prefix="users"):
    """Turn to a page (from 0) of the list of users."""

    page: int


class ShowUser(CallbackData, prefix="user"):
    """Open one user's card; `page` leads back."""

    user_id: int
    page: int


class SetRole(CallbackData, prefix="role"):
    """Give a user a role."""

    user_id: int
    role: Role
    page: int


class MakeInvite(CallbackData, prefix="invite"):
    """Make an invitation for `role`."""

    role: Role


class ShowSystems(CallbackData, prefix="systems"):
    """List the machines."""


def sensor_ids(written: str) -> set[int]:
    """Read the ids of sensors as buttons carry them, with dots between."""
    return {int(number) for number in written.split(".") if number.isdigit()}


class _OfMachine(CallbackData, prefix=""):
    """A machine over `minutes` that end now, or `until` that many minutes after 1970 began.

    `sensors` are the ids of those to show, with dots between, none: all.
    """

    system_id: int
    minutes: int
    sensors: str = ""
    until: int = 0

    @property
    def period(self) -> timedelta:
        """How long."""
        return timedelta(minutes=self.minutes)

    @property
    def end(self) -> datetime | None:
        """The end; None: now."""
        return datetime.fromtimestamp(60 * self.until, UTC) if self.until else None

    @property
    def chosen(self) -> set[int]:
        """The ids of the sensors."""
        return sensor_ids(self.sensors)


class ShowChart(_OfMachine, prefix="chart"):
    """Show the whole summary of a machine, with its picture."""


class ShowSummary(_OfMachine, prefix="sum"):
    """Show a machine."""


class ExportReadings(_OfMachine, prefix="exp"):
    """Send the readings as a file."""

    kind: Format = Format.CSV


class StopExport(CallbackData, prefix="expstop"):
    """Give up the file of readings that is being made for whoever presses."""


class ShowReports(CallbackData, prefix="reps"):
    """Turn to a page (from 0) of the reports of one machine, or (0) of all."""

    system_id: int
    page: int = 0


class ShowReport(CallbackData, prefix="rep"):
    """Show a report."""

    report_id: int


class AskReport(CallbackData, prefix="repnew"):
    """Ask what was found on a machine."""

    system_id: int


class WorkOnReport(CallbackData, prefix="repdo"):
    """Take a step of the work on a report."""

    report_id: int
    step: Step


class SendReport(CallbackData, prefix="reppdf"):
    """Send a report as a PDF."""

    report_id: int


class CancelWords(CallbackData, prefix="repno"):
    """Don't wait for words any more."""


class AskRange(CallbackData, prefix="range"):
    """Ask which stretch of time to show a machine, or some of its sensors, over."""

    system_id: int
    sensors: str = ""


class Pick(StrEnum):
    """Stretches of time to pick from; the values are the words that would be typed."""

    TODAY = "today"
    YESTERDAY = "yesterday"
    THIS_SHIFT = "this shift"
    LAST_SHIFT = "last shift"
    THIS_WEEK = "this week"
    WEEKEND = "weekend"


class PickRange(CallbackData, prefix="pick"):
    """Show a machine, or some of its sensors, over a stretch of time that has a name."""

    system_id: int
    pick: Pick
    sensors: str = ""


class ShowQuarantine(CallbackData, prefix="qshow"):
    """Show the quarantined readings of the group that has reading `number`; 0: all groups."""

    number: int


class Replay(CallbackData, prefix="qplay"):
    """Try the readings of a group again; 0: all."""

    number: int


class AskDiscard(CallbackData, prefix="qask"):
    """Ask whether a group is to be deleted."""

    number: int


class Discard(CallbackData, prefix="qdel"):
    """Delete a group, if it has still the `count` readings that were seen."""

    number: int
    count: int


class ImportReadings(CallbackData, prefix="imp"):
    """Take the readings of the file in that the message replies to."""


class StopImport(CallbackData, prefix="impstop"):
    """Stop what is done with the file that the message replies to; where nothing is done, forget it."""


class AcknowledgeAlarm(CallbackData, prefix="ack"):
    """Take the alarms of a group on."""

    group_id: int


class SilenceAlarm(CallbackData, prefix="hush"):
    """Keep the alarms of a group quiet for `hours`; 0: to the end of the shift."""

    group_id: int
    hours: int


class ReportAlarm(CallbackData, prefix="report"):
    """Open a diagnostic report from the alarms of a group."""

    group_id: int


class ShowAlarms(CallbackData, prefix="alarms"):
    """Show a page of what is wrong now, or of what was."""

    past: bool
    page: int


class ShowAlarm(CallbackData, prefix="alarm"):
    """Show a group's alarms with all that can be done."""

    group_id: int


class EndSilence(CallbackData, prefix="unhush"):
    """End a silence now."""

    silence_id: int


class WantDigest(CallbackData, prefix="digest"):
    """Send me digests of a kind, or (`wanted` is false) no more of them."""

    kind: DigestKind
    wanted: bool


class HandOver(CallbackData, prefix="handover"):
    """Hand the shift over without a note."""


class CancelHandover(CallbackData, prefix="hono"):
    """Hand nothing over."""


class ShowHandover(CallbackData, prefix="hoshow"):
    """Show the newest handover, the `number`-th before it, or a certain one (0: none in particular)."""

    number: int = 0
    handover_id: int = 0
