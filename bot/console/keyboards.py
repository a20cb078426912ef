"""Reply markup: inline keyboards under a message, reply keyboards under the input field."""

from typing import Any, Final
from urllib.parse import urlsplit

from bot.console.errors import bad_request
from bot.console.params import Params

MAX_CALLBACK_BYTES: Final = 64
MAX_INLINE_BUTTONS: Final = 100
_OTHER_ACTIONS: Final = (
    "callback_game", "pay", "switch_inline_query", "switch_inline_query_chosen_chat",
    "switch_inline_query_current_chat", "login_url", "web_app", "copy_text", "disabled",
)  # fmt: skip
_LINK_SCHEMES: Final = ("http", "https", "tg", "ton")


def read_markup(params: Params) -> dict[str, Any] | None:
    """Return the checked `reply_markup` of a call, or None.

    Raises:
        ApiError: a keyboard or button that Telegram refuses.
    """
    markup = params.decoded("reply_markup", "reply keyboard markup")
    if markup is None:
        return None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    markup = _present(markup)
    if "inline_keyboard" in markup:
        rows = _rows(markup["inline_keyboard"], 'field "inline_keyboard" of the InlineKeyboardMarkup')
        checked = [[_inline_button(button) for button in row] for row in rows]
        if sum(map(len, checked)) > MAX_INLINE_BUTTONS:
            raise bad_request("reply markup is too long")
        return {"inline_keyboard": [row for row in checked if row]}
    if "keyboard" in markup:
        rows = _rows(markup["keyboard"], 'field "keyboard"')
        return {**markup, "keyboard": [[_text_button(button) for button in row] for row in rows]}
    return markup


def is_inline(markup: dict[str, Any] | None) -> bool:
    """Tell whether the markup belongs to the message itself."""
    return markup is not None and "inline_keyboard" in markup


def buttons(message: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the inline buttons of a message, row by row."""
    markup = message.get("reply_markup") or {}
    return [button for row in markup.get("inline_keyboard", []) for button in row]


def _rows(rows: Any, subject: str) -> list[list[Any]]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request(f"{subject} must be an Array of Arrays")
    return rows


def _text_button(button: Any) -> dict[str, Any]:
    if isinstance(button, str):
        return {"text": button}
    if not isinstance(button, dict) or not isinstance(button.get("text"), str):
        raise bad_request("can't parse keyboard button: KeyboardButton must be a String or an Object")
    return _present(button)


def _inline_button(button: Any) -> dict[str, Any]:
    subject = "can't parse inline keyboard button: "
    if not isinstance(button, dict):
        raise bad_request(subject + "InlineKeyboardButton must be an Object")
    fields = _present(button)
    if not isinstance(fields.get("text"), str):
        raise bad_request(subject + 'Can\'t find field "text"')
    if not fields["text"].strip():
        raise bad_request("BUTTON_TEXT_INVALID")
    if url := fields.get("url"):
        _check_url(url)
    elif data := fields.get("callback_data"):
        if not isinstance(data, str) or len(data.encode()) > MAX_CALLBACK_BYTES:
            raise bad_request("BUTTON_DATA_INVALID")
    elif not any(action in fields for action in _OTHER_ACTIONS):
        raise bad_request(subject + "Text buttons are unallowed in the inline keyboard")
    return fields


def _present(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _check_url(url: Any) -> None:
    parts = urlsplit(url if isinstance(url, str) and "://" in url else f"http://{url}")
    if parts.scheme not in _LINK_SCHEMES:
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Unsupported URL protocol")
    if parts.scheme.startswith("http") and "." not in parts.netloc:
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
