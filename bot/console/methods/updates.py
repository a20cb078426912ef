"""How the bot gets its updates: by asking, or pushed to its webhook."""

from typing import Any

from bot.console.errors import conflict
from bot.console.methods.registry import Described, method
from bot.console.params import Params
from bot.console.state import State
from bot.console.updates import MAX_LIMIT, MAX_TIMEOUT


@method("getUpdates")
async def get_updates(state: State, params: Params) -> Any:
    """Return updates, waiting for them up to `timeout` seconds."""
    if state.webhook.url:
        raise conflict(
            "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
        )
    state.updates.allow(params.decoded("allowed_updates", "allowed_updates"))
    return await state.updates.poll(
        params.integer("offset"),
        params.bounded("limit", MAX_LIMIT, 1, MAX_LIMIT),
        params.bounded("timeout", 0, 0, MAX_TIMEOUT),
    )


@method("setWebhook")
async def set_webhook(state: State, params: Params) -> Any:
    """Push updates to an address; unlike api.telegram.org, plain HTTP will do, as with a local server."""
    state.updates.allow(params.decoded("allowed_updates", "allowed_updates"))
    if params.flag("drop_pending_updates"):
        state.store.keep_last_updates(0)
    return Described(True, state.webhook.set(params.text("url"), params.text("secret_token")))


@method("deleteWebhook")
async def delete_webhook(state: State, params: Params) -> Any:
    """Go back to polling."""
    if params.flag("drop_pending_updates"):
        state.store.keep_last_updates(0)
    return Described(True, state.webhook.set("", ""))


@method("getWebhookInfo")
async def get_webhook_info(state: State, params: Params) -> Any:
    """Tell where updates go, and how that fares."""
    return state.webhook.info()
