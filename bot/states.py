"""What a chat may be in the middle of."""

from aiogram.fsm.state import State, StatesGroup


class OwnRange(StatesGroup):
    """The next text is the stretch of time to show a machine over; the state's data say which machine."""

    waiting = State()
