"""Buttons of whom alarms call one after another."""

from aiogram.filters.callback_data import CallbackData

from core.diagnostics.models import Severity


class ShowChains(CallbackData, prefix="chains"):
    """Show all chains of calls."""


class NewChain(CallbackData, prefix="chnew"):
    """Add a chain, if they are still as `seen`."""

    seen: int


class ShowChain(CallbackData, prefix="chain"):
    """Show one chain with all that can be changed."""

    chain_id: int


class SetChainLevel(CallbackData, prefix="chfrom"):
    """Let a chain be for alarms that are at least so bad."""

    chain_id: int
    at_least: Severity


class ShowChainPlaces(CallbackData, prefix="chpick"):
    """Turn to a page (from 0) of the sites and machines that a chain can be for."""

    chain_id: int
    page: int


class SetChainPlace(CallbackData, prefix="chto"):
    """Let a chain be for a machine, or the whole site where it stands, or no longer; machine 0: for all."""

    chain_id: int
    system_id: int
    whole_site: bool
    on: bool
    page: int


class ShowChainHours(CallbackData, prefix="chwhen"):
    """Offer hours of the day."""

    chain_id: int


class SetChainHours(CallbackData, prefix="chhrs"):
    """Let a chain call in these full hours of the day only; the same one twice: always."""

    chain_id: int
    begins: int
    ends: int


class AskChainHours(CallbackData, prefix="chask"):
    """Ask for hours of the day in words."""

    chain_id: int


class PickCall(CallbackData, prefix="chwhom"):
    """Ask whom a new step calls, if the chain is still as `seen`."""

    chain_id: int
    seen: int


class PickPerson(CallbackData, prefix="chman"):
    """Turn to a page (from 0) of the people whom a new step can call."""

    chain_id: int
    seen: int
    page: int


class PickWait(CallbackData, prefix="chwait"):
    """Ask how long a new step waits; `whom`: "oncall", a role, or a user's id."""

    chain_id: int
    seen: int
    whom: str


class AddCall(CallbackData, prefix="chadd"):
    """Add a step."""

    chain_id: int
    seen: int
    whom: str
    wait_min: int


class RemoveCall(CallbackData, prefix="chdrop"):
    """Take away a step (from 0)."""

    chain_id: int
    seen: int
    index: int


class RaiseChain(CallbackData, prefix="chup"):
    """Have a chain looked at before the one that is before it."""

    chain_id: int
    seen: int


class DeleteChain(CallbackData, prefix="chdel"):
    """Ask whether to delete a chain, and, when one is `sure`, delete it."""

    chain_id: int
    seen: int
    sure: bool


class PickRehearsal(CallbackData, prefix="tests"):
    """Turn to a page (from 0) of the machines whose alarm can be walked through."""

    page: int


class Rehearse(CallbackData, prefix="testof"):
    """Walk through an alarm of a machine that is none."""

    system_id: int
    severity: Severity
