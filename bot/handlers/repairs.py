"""/fixed: what was behind an alarm. Three questions, each with buttons, each to be skipped; words are typed."""

import secrets
from typing import Any

from aiogram import F, Router
from aiogram.filters import Command, CommandObject, StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot.callbacks.repairs import SKIP, AnswerRepair, CancelRepair, TellRepair
from bot.filters import IS_TEXT
from bot.i18n import Text
from bot.states import RepairWords
from bot.summaries import AnyMessage
from bot.views import cases
from bot.views import repairs as views
from core.diagnostics.repairs.service import NothingToldError, RepairService, Told
from core.diagnostics.repairs.words import one_line, read_work
from core.errors import ConflictError, HydrodiagError
from core.users.rights import Actor, Right

router = Router(name="repairs")
_STEPS = {"cause": RepairWords.cause, "part": RepairWords.part, "minutes": RepairWords.minutes}
_NEXT = {"cause": "part", "part": "minutes"}


class RepairOverError(ConflictError):
    """That question was answered, or the telling cancelled, before."""

    key = "repair-over"


@router.message(Command("fixed"))
async def on_fixed(
    message: Message, command: CommandObject, actor: Actor, text: Text, repairs: RepairService, state: FSMContext
) -> None:
    """`/fixed [machine]`: ask of the one alarm that is over there, or which of them is meant."""
    wanted = (command.args or "").strip() or None
    troubles = await repairs.troubles(actor, wanted)
    if wanted is not None and len(troubles) == 1:
        await _begin(message, actor, text, repairs, state, troubles[0].group_id)
        return
    waiting = await repairs.waiting(actor)
    keyboard = views.list_keyboard(troubles, waiting, text, actor.zone)
    await message.answer(views.listed(troubles, waiting, text), reply_markup=keyboard)


@router.callback_query(TellRepair.filter(), F.message.as_("message"))
async def on_tell(
    callback: CallbackQuery,
    callback_data: TellRepair,
    message: AnyMessage,
    actor: Actor,
    text: Text,
    repairs: RepairService,
    state: FSMContext,
) -> None:
    """Begin to ask of the alarms under this button."""
    await _begin(message, actor, text, repairs, state, callback_data.group_id)
    await callback.answer()


@router.callback_query(AnswerRepair.filter(), F.message.as_("message"))
async def on_answer(
    callback: CallbackQuery,
    callback_data: AnswerRepair,
    message: AnyMessage,
    actor: Actor,
    text: Text,
    repairs: RepairService,
    state: FSMContext,
) -> None:
    """Take a choice, or go on without one; a second tap finds the next question."""
    actor.require(Right.WORK_ON_REPORTS)
    data = await _standing(state, callback_data.mark)
    if callback_data.choice != SKIP:
        if not 0 <= callback_data.choice < len(data["offered"]):
            raise RepairOverError
        data[data["step"]] = data["offered"][callback_data.choice]
    await _go_on(message, actor, text, repairs, state, data)
    await callback.answer()


@router.callback_query(CancelRepair.filter(), F.message.as_("message"))
async def on_cancel(
    callback: CallbackQuery, callback_data: CancelRepair, message: AnyMessage, text: Text, state: FSMContext
) -> None:
    """Tell nothing."""
    await _standing(state, callback_data.mark)
    await state.clear()
    await _put(message, text("repair-cancelled"))
    await callback.answer()


@router.message(StateFilter(RepairWords), IS_TEXT)
async def on_words(message: Message, actor: Actor, text: Text, repairs: RepairService, state: FSMContext) -> None:
    """Take an answer in words; one that can't be used is asked for again."""
    actor.require(Right.WORK_ON_REPORTS)
    data, said = await state.get_data(), message.text or ""
    data[data["step"]] = str(read_work(said)) if data["step"] == "minutes" else one_line(said)
    await _go_on(message, actor, text, repairs, state, data)


@router.message(StateFilter(RepairWords), F.photo | F.voice | F.video | F.video_note | F.audio | F.sticker)
async def on_no_words(message: Message, text: Text) -> None:
    """Say what can be answered with."""
    await message.answer(text("repair-words-only"))


async def _standing(state: FSMContext, mark: str) -> dict[str, Any]:
    """Return what was said so far, if it is still the question with that mark that waits for an answer."""
    data = await state.get_data()
    if await state.get_state() not in {step.state for step in _STEPS.values()} or data.get("mark") != mark:
        raise RepairOverError
    return data


async def _begin(
    message: AnyMessage, actor: Actor, text: Text, repairs: RepairService, state: FSMContext, group_id: int
) -> None:
    question = await repairs.ask(actor, group_id)
    steps = {step: views.choices(step, question, text) for step in _STEPS}
    data = {"group_id": group_id, "trouble": views.trouble(question.trouble, text), "choices": steps}
    await _ask(message, text, state, "cause", data, new=True)


async def _go_on(
    message: AnyMessage, actor: Actor, text: Text, repairs: RepairService, state: FSMContext, data: dict[str, Any]
) -> None:
    """Ask the next question; after the last one, have what was told reviewed."""
    if (following := _NEXT.get(data["step"])) is not None:
        await _ask(message, text, state, following, data)
        return
    minutes = int(data["minutes"]) if data.get("minutes") else None
    told = Told(data.get("cause", ""), data.get("part", ""), minutes)
    try:
        case = await repairs.propose(actor, data["group_id"], told)
    except NothingToldError as error:
        await state.clear()
        await _put(message, text(error.key))
        return
    except HydrodiagError:
        await state.clear()  # it can't be told any more; a fault of ours leaves the question, to be answered again
        raise
    await state.clear()
    await _put(message, f"{text('repair-told')}\n\n{cases.card(case, text)}")


async def _ask(
    message: AnyMessage, text: Text, state: FSMContext, step: str, data: dict[str, Any], *, new: bool = False
) -> None:
    mark = secrets.token_hex(4)
    offered = data["choices"][step]
    await state.set_state(_STEPS[step])
    await state.set_data({**data, "step": step, "offered": offered, "mark": mark})
    told = Told(data.get("cause", ""), data.get("part", ""))
    prompt = views.prompt(step, data["trouble"], told, text)
    keyboard = views.prompt_keyboard(step, offered, mark, text)
    await (message.answer(prompt, reply_markup=keyboard) if new else _put(message, prompt, reply_markup=keyboard))


async def _put(message: AnyMessage, words: str, **more: Any) -> None:
    """Write in place of the bot's own message, below a person's."""
    if isinstance(message, Message) and message.from_user is not None and message.from_user.is_bot:
        await message.edit_text(words, **more)
    else:
        await message.answer(words, **more)
