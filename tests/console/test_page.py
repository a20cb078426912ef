"""The chat page, driven in Debian's Chromium; a small aiogram bot answers."""

import asyncio
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Literal

import pytest
from aiogram import Bot, Dispatcher, F
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import Command
from aiogram.types import (
    BotCommand,
    BufferedInputFile,
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
)
from PIL import Image
from playwright.async_api import Browser, FilePayload, Page, async_playwright, expect

from bot.console import ADMIN, ENGINEER, Console
from tests.console.conftest import TOKEN

expect.set_options(timeout=15_000)  # a busy machine is no failure

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs Chromium at {CHROMIUM}"),
]


def chart() -> BufferedInputFile:
    buffer = BytesIO()
    Image.new("RGB", (1600, 900), "#0b6a78").save(buffer, "PNG")
    return BufferedInputFile(buffer.getvalue(), "chart.png")


def echo_dispatcher() -> Dispatcher:
    dispatcher = Dispatcher()

    @dispatcher.message(Command("buttons"))
    async def buttons(message: Message) -> None:
        row = [InlineKeyboardButton(text=text, callback_data=text) for text in ("toast", "alert", "silent")]
        await message.answer("Press one", reply_markup=InlineKeyboardMarkup(inline_keyboard=[row]))

    @dispatcher.callback_query()
    async def pressed(query: CallbackQuery) -> None:
        assert isinstance(query.message, Message)
        if query.data == "silent":
            await query.answer()
            await query.message.edit_text("changed")
        else:
            await query.answer(f"a {query.data} from the bot", show_alert=query.data == "alert")

    @dispatcher.message(Command("chart"))
    async def photo(message: Message) -> None:
        await message.answer_photo(chart(), caption="<b>HP-1</b>, bar", parse_mode="HTML")

    @dispatcher.message(F.document)
    async def document(message: Message) -> None:
        assert message.document is not None
        await message.answer_document(message.document.file_id, caption=f"{message.document.file_size} bytes")

    @dispatcher.message(F.text)
    async def echo(message: Message) -> None:
        await message.answer(f"You said: {message.text}")

    return dispatcher


@pytest.fixture
async def bot(console: Console) -> AsyncIterator[Bot]:
    """A bot that echoes, polling the console."""
    bot = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(console.url)))
    await bot.set_my_commands([BotCommand(command="buttons", description="Show buttons")])
    await bot.set_my_commands([BotCommand(command="chart", description="Показать график")], language_code="ru")
    dispatcher = echo_dispatcher()
    polling = asyncio.create_task(dispatcher.start_polling(bot, handle_signals=False))
    yield bot
    await dispatcher.stop_polling()
    await polling
    await bot.session.close()


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium, headless."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
async def page(browser: Browser, console: Console) -> AsyncIterator[Page]:
    """The admin's page, in English; it must stay free of script errors and broken policies."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if "Content Security" in line.text else None)
    await page.goto(f"{console.url}/#{ADMIN}")
    await expect(page.locator("#status")).to_have_text("bot")
    yield page
    await context.close()
    assert errors == []


async def write(page: Page, text: str) -> None:
    await page.fill("#input", text)
    await page.press("#input", "Enter")


async def overflow(page: Page) -> int:
    """Return by how many pixels the page is wider than its window."""
    wide: int = await page.evaluate(
        "Math.max(...['html', '#scroller', 'footer', 'header'].map((s) => document.querySelector(s))"
        ".map((e) => e.scrollWidth - e.clientWidth))"
    )
    return wide


@pytest.mark.usefixtures("bot")
async def test_a_message_is_answered(page: Page) -> None:
    await expect(page.locator("#welcome")).to_be_visible()
    await write(page, "why does the pump whine?")
    await expect(page.locator(".own .text")).to_contain_text("why does the pump whine?")
    await expect(page.locator(".bot .text").last).to_contain_text("You said: why does the pump whine?")
    await expect(page.locator("#welcome")).to_be_hidden()
    await expect(page.locator("#input")).to_have_value("")


@pytest.mark.usefixtures("bot")
async def test_the_start_button_starts(page: Page) -> None:
    await page.click("#start")
    await expect(page.locator(".bot .text").last).to_contain_text("You said: /start")
    await expect(page.locator("#start")).to_be_hidden()


@pytest.mark.usefixtures("bot")
async def test_the_command_menu_works_by_keyboard(page: Page) -> None:
    await page.locator("#input").press_sequentially("/bu")
    await expect(page.locator("#commands li")).to_have_count(1)
    await page.press("#input", "ArrowDown")
    await page.press("#input", "Enter")
    await expect(page.locator(".inline-keyboard button")).to_have_count(3)


@pytest.mark.usefixtures("bot")
async def test_buttons_answer_with_toast_alert_and_edit(page: Page) -> None:
    await write(page, "/buttons")
    await page.get_by_role("button", name="toast").click()
    await expect(page.locator("#toast")).to_have_text("a toast from the bot")
    await page.get_by_role("button", name="alert").click()
    await expect(page.locator("#alert p")).to_have_text("a alert from the bot")
    await page.keyboard.press("Enter")
    await expect(page.locator("#alert")).to_be_hidden()
    await page.get_by_role("button", name="silent").click()
    await expect(page.locator(".bot .text").last).to_contain_text("changed")
    await expect(page.locator(".bot .meta").last).to_contain_text("edited")
    await expect(page.locator(".inline-keyboard")).to_have_count(0)


@pytest.mark.usefixtures("bot")
async def test_a_picture_shows_and_enlarges(page: Page) -> None:
    await write(page, "/chart")
    image = page.locator(".photo img")
    await expect(image).to_have_js_property("naturalWidth", 1600)
    await expect(page.locator(".bot strong")).to_have_text("HP-1")
    await image.click()
    await expect(page.locator("#picture img")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("#picture")).to_be_hidden()


@pytest.mark.usefixtures("bot")
async def test_a_file_travels_both_ways(page: Page) -> None:
    file_to_send = FilePayload(name="журнал.csv", mimeType="text/csv", buffer=b"1;2;3")
    await page.set_input_files("#file", file_to_send)
    await expect(page.locator(".chip b")).to_have_text("журнал.csv")
    await page.click("#send")
    await expect(page.locator(".bot .document b")).to_have_text("журнал.csv")
    await expect(page.locator(".bot .text").last).to_contain_text("5 bytes")
    async with page.expect_download() as download:
        await page.click(".bot .document")
    file = await download.value
    assert file.suggested_filename == "журнал.csv"
    assert await asyncio.to_thread(Path(await file.path()).read_bytes) == b"1;2;3"


@pytest.mark.parametrize("gesture", ["drop", "paste"])
async def test_a_file_can_be_dropped_or_pasted(page: Page, console: Console, gesture: str) -> None:
    await page.evaluate(
        """(gesture) => {
            const data = new DataTransfer();
            data.items.add(new File(["1;2"], "dropped.csv"));
            const carried = gesture === "drop" ? { dataTransfer: data } : { clipboardData: data };
            const type = gesture === "drop" ? DragEvent : ClipboardEvent;
            const event = new type(gesture, { ...carried, bubbles: true, cancelable: true });
            document.querySelector("#input").dispatchEvent(event);
        }""",
        gesture,
    )
    await expect(page.locator(".chip b")).to_have_text("dropped.csv")
    await write(page, "the log of last night")
    await expect(page.locator(".own .document b")).to_have_text("dropped.csv")
    sent = console.messages(ADMIN)[-1]
    assert (sent["caption"], console.file(sent["document"]["file_id"])) == ("the log of last night", b"1;2")


async def test_a_draft_grows_can_be_stopped_and_becomes_a_message(page: Page, console: Console, bot: Bot) -> None:
    await bot.send_message_draft(ADMIN, 1, text="")
    await expect(page.locator("#draft .thinking")).to_be_visible()
    for text in ("Air", "Air in the", "Air in the oil"):
        await bot.send_message_draft(ADMIN, 1, text=text, can_stop=True)
        await expect(page.locator("#draft .text")).to_have_text(text)
    await expect(page.locator("#status")).to_have_text("typing…")
    await bot.send_message(ADMIN, "Air in the oil it is.")
    await expect(page.locator(".bot .text").last).to_contain_text("Air in the oil it is.")
    await expect(page.locator("#draft")).to_be_hidden()
    await bot.send_message_draft(ADMIN, 2, text="never ending", can_stop=True)
    await page.get_by_role("button", name="Stop").click()
    await expect(page.locator("#draft")).to_be_hidden()
    assert console.draft(ADMIN) is None


async def test_a_day_is_named_once_even_after_an_edit(page: Page, bot: Bot) -> None:
    sent = await bot.send_message(ADMIN, "one")
    await bot.edit_message_text("one, edited", chat_id=ADMIN, message_id=sent.message_id)
    await expect(page.locator(".bot .text")).to_contain_text("edited")
    await bot.send_message(ADMIN, "two")
    await expect(page.locator(".bot")).to_have_count(2)
    await expect(page.locator(".day")).to_have_count(1)


async def test_markup_in_a_message_is_only_text(page: Page, bot: Bot) -> None:
    attack = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    await bot.send_message(ADMIN, attack)
    await expect(page.locator(".bot .text")).to_contain_text(attack)
    assert await page.locator("#log img, #log script").count() == 0


async def test_entities_are_drawn(page: Page, bot: Bot) -> None:
    quote = "\n".join(f"line {number}" for number in range(9))
    source = (
        '<i>i</i> <code>c</code> <a href="https://example.org">l</a> <tg-spoiler>secret</tg-spoiler>'
        f'<pre><code class="language-sql">SELECT 1</code></pre><blockquote expandable>{quote}</blockquote>'
    )
    await bot.send_message(ADMIN, source, parse_mode="HTML")
    await expect(page.locator(".bot pre code")).to_have_text("SELECT 1")
    await expect(page.locator(".bot a")).to_have_attribute("rel", "noopener noreferrer nofollow")
    await page.get_by_role("button", name="Show hidden text").press("Enter")
    await expect(page.locator(".spoiler")).to_have_class("spoiler shown")
    await page.get_by_role("button", name="Show more").click()
    await expect(page.locator("blockquote.folded")).to_have_count(0)


@pytest.mark.usefixtures("bot")
async def test_each_person_has_a_chat_a_language_and_a_menu(page: Page, console: Console) -> None:
    await write(page, "I am the admin")
    await expect(page.locator(".bot .text")).to_have_count(1)
    await page.get_by_role("radio", name="Ivan Petrov").click()
    await expect(page.locator(".message")).to_have_count(0)
    await expect(page.locator("#input")).to_have_attribute("placeholder", "Сообщение")
    await page.click("#menu")
    await expect(page.locator("#commands li")).to_contain_text("Показать график")
    await page.get_by_role("radio", name="English").click()
    await expect(page.locator("#input")).to_have_attribute("placeholder", "Message")
    await page.click("#menu")
    await expect(page.locator("#commands li")).to_contain_text("Show buttons")
    said = await console.say(ENGINEER, "hello")
    assert said["from"]["language_code"] == "en"


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nothing_is_wider_than_a_small_phone(
    browser: Browser, console: Console, bot: Bot, scheme: Literal["light", "dark"]
) -> None:
    row = [InlineKeyboardButton(text=f"a rather long button {n}", callback_data=str(n)) for n in range(4)]
    await bot.send_message(
        ENGINEER,
        f"<pre>{'SELECT ' * 40}</pre>{'x' * 300} https://example.org/{'path' * 60}",
        parse_mode="HTML",
        reply_markup=InlineKeyboardMarkup(inline_keyboard=[row]),
    )
    await bot.send_photo(ENGINEER, chart(), caption="w" * 200)
    await bot.send_document(ENGINEER, BufferedInputFile(b"x", "w" * 100 + ".csv"))
    await console.say(ENGINEER, "щ" * 500)
    context = await browser.new_context(
        viewport={"width": 360, "height": 740},
        color_scheme=scheme,
        has_touch=True,
    )
    page = await context.new_page()
    await page.goto(f"{console.url}/#{ENGINEER}")
    await expect(page.locator(".own .text").last).to_be_visible()
    assert await overflow(page) <= 0
    await page.tap("#me")
    await expect(page.get_by_role("radio", name="Anna Schmidt")).to_be_visible()
    assert await overflow(page) <= 0
    await context.close()


async def test_a_reader_who_scrolled_up_is_left_there(page: Page, bot: Bot) -> None:
    for number in range(40):
        await bot.send_message(ADMIN, f"line {number}")
    await expect(page.locator(".bot")).to_have_count(40)
    await expect(page.locator(".bot").last).to_be_in_viewport()  # who has not been at the bottom can't scroll up
    await page.locator("#scroller").evaluate("(e) => e.scrollTo({ top: 0, behavior: 'instant' })")
    await expect(page.locator("#to-bottom")).to_be_visible()
    await bot.send_message(ADMIN, "news")
    await expect(page.locator("#to-bottom span")).to_have_text("1")
    assert await page.locator("#scroller").evaluate("(e) => e.scrollTop") == 0
    await page.click("#to-bottom")
    await expect(page.locator("#to-bottom")).to_be_hidden()
    await expect(page.locator(".bot").last).to_be_in_viewport()


async def test_a_blocked_bot_can_be_unblocked(page: Page, console: Console) -> None:
    await page.click("#block")
    await expect(page.locator("#composer")).to_be_hidden()
    assert console.state.chats.is_blocked(ADMIN)
    await page.click("#unblock")
    await expect(page.locator("#composer")).to_be_visible()
    assert not console.state.chats.is_blocked(ADMIN)


async def test_a_lost_connection_is_told_and_mended(browser: Browser, tmp_path: Path) -> None:
    first = Console(TOKEN, state_dir=tmp_path)
    await first.start()
    await first.say(ADMIN, "before")
    page = await browser.new_page()
    await page.goto(f"{first.url}/#{ADMIN}")
    await expect(page.locator(".own")).to_have_count(1)
    await first.stop()
    await expect(page.locator("#offline")).to_have_text("Connection lost. Trying again…")
    await page.fill("#input", "written meanwhile")
    await page.press("#input", "Enter")
    await expect(page.locator("#input")).to_have_value("written meanwhile")
    second = Console(TOKEN, port=int(first.url.rpartition(":")[2]), state_dir=tmp_path)
    await second.start()
    await second.say(ADMIN, "after")
    await expect(page.locator(".own")).to_have_count(2, timeout=15_000)
    await expect(page.locator("#offline")).to_be_hidden()
    await expect(page.locator("#input")).to_have_value("written meanwhile")
    await page.close()
    await second.stop()
