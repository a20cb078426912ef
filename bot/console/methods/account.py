"""The bot itself, and what it can learn of the people it talks to."""

from typing import Any, Final

from bot.console.errors import bad_request
from bot.console.methods.registry import METHODS, Method, method, read_chat_id
from bot.console.params import Params
from bot.console.state import State

_ABILITIES: Final = {
    "can_join_groups": False,
    "can_read_all_group_messages": False,
    "supports_inline_queries": False,
    "can_connect_to_business": False,
    "has_main_web_app": False,
}
_GIFTS: Final = dict.fromkeys(
    ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False
)


@method("getMe")
async def get_me(state: State, params: Params) -> Any:
    """Return the bot's user."""
    return {**state.chats.bot(), **_ABILITIES}


@method("logOut")
async def log_out(state: State, params: Params) -> Any:
    """Do nothing: there is no cloud to log out of."""
    return True


@method("close")
async def close(state: State, params: Params) -> Any:
    """Do nothing: there is no other local server to move to."""
    return True


@method("getChat")
async def get_chat(state: State, params: Params) -> Any:
    """Return the Bot API `ChatFullInfo`."""
    person = state.chats.person(read_chat_id(params))
    details = {"accent_color_id": person.id % 7, "max_reaction_count": 11, "accepted_gift_types": _GIFTS}
    return {**person.as_chat(), **details}


@method("getChatMember")
async def get_chat_member(state: State, params: Params) -> Any:
    """Return a member of a private chat: its person, or the bot."""
    person = state.chats.person(read_chat_id(params))
    user = {person.id: person.as_user(), state.chats.bot()["id"]: state.chats.bot()}.get(params.integer("user_id"))
    if user is None:
        raise bad_request("user not found")
    return {"user": user, "status": "member"}


@method("getChatMemberCount")
async def get_chat_member_count(state: State, params: Params) -> Any:
    """Count the members of a private chat."""
    state.chats.person(read_chat_id(params))
    return 2


@method("getUserProfilePhotos")
async def get_user_profile_photos(state: State, params: Params) -> Any:
    """Return no photos: nobody here has one."""
    state.chats.person(read_chat_id(params, "user_id"))
    return {"total_count": 0, "photos": []}


@method("setMyName")
async def set_my_name(state: State, params: Params) -> Any:
    """Rename the bot; the page shows the name for every language."""
    if len(params.text("name")) > 64:
        raise bad_request("bot name is too long")
    if params.text("name") and not params.text("language_code"):
        state.store.save_setting("bot_name", params.text("name"))
        for person in state.chats.people():
            state.events.publish(person.id, "bot", state.chats.bot())
    return True


@method("getMyName")
async def get_my_name(state: State, params: Params) -> Any:
    """Return the bot's name."""
    return {"name": state.chats.bot()["first_name"]}


def _text_pair(noun: str, field: str, limit: int) -> None:
    """Register the setter and getter of one of the bot's descriptive texts."""

    async def save(state: State, params: Params) -> Any:
        if len(params.text(field)) > limit:
            raise bad_request(f"bot {field.replace('_', ' ')} is too long")
        state.store.save_setting(f"{field}:{params.text('language_code')}", params.text(field))
        return True

    async def read(state: State, params: Params) -> Any:
        return {field: state.store.setting(f"{field}:{params.text('language_code')}", "")}

    pair: dict[str, Method] = {f"setmy{noun}": save, f"getmy{noun}": read}
    METHODS.update(pair)


_text_pair("description", "description", 512)
_text_pair("shortdescription", "short_description", 120)
