"""What a chat may be in the middle of."""

from aiogram.fsm.state import State, StatesGroup


class OwnRange(StatesGroup):
    """The next text is the stretch of time to show a machine over; the state's data say which machine."""

    waiting = State()


class SettingWords(StatesGroup):
    """The next text is what somebody chooses for a setting; the data say which."""

    waiting = State()


class ReportWords(StatesGroup):
    """The next text goes into a report; the data say into which, or of which machine a new one is."""

    waiting = State()


class HandoverNote(StatesGroup):
    """The next text is the note of a handover; the data say where."""

    waiting = State()


class RotaWords(StatesGroup):
    """The next text is a part of a rota; the data say which part of which rota, or that it names a new one."""

    waiting = State()


class ChainWords(StatesGroup):
    """The next text is the hours of a chain of calls; the data say of which."""

    waiting = State()


class RepairWords(StatesGroup):
    """The next text says what was behind an alarm, or which part it was, or how many minutes it took.

    The data: of which group of alarms, what was said so far, and the choices offered.
    """

    cause = State()
    part = State()
    minutes = State()
