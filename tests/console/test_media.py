"""Pictures and files travel both ways, within Telegram's limits."""

from io import BytesIO

import pytest
from aiohttp import FormData

from bot.console import ENGINEER, Console
from bot.console.files import safe_name
from tests.console.conftest import TOKEN, Api


async def post(api: Api, method: str, form: FormData) -> dict[str, object]:
    async with api.session.post(f"{api.console.url}/bot{TOKEN}/{method}", data=form) as response:
        answer: dict[str, object] = await response.json()
        return answer


def form_with(name: str, content: bytes, filename: str, **fields: str) -> FormData:
    form = FormData()
    for field, value in {"chat_id": str(ENGINEER), **fields}.items():
        form.add_field(field, value)
    form.add_field(name, BytesIO(content), filename=filename)
    return form


async def test_a_persons_file_can_be_downloaded(api: Api, console: Console) -> None:
    sent = await console.upload(ENGINEER, "../паспорт.pdf", b"%PDF-1.7", caption="/summary please")
    assert sent["document"]["file_name"] == "паспорт.pdf"
    assert sent["caption_entities"] == [{"type": "bot_command", "offset": 0, "length": 8}]
    file = await api.result("getFile", file_id=sent["document"]["file_id"])
    async with api.session.get(f"{console.url}/file/bot{TOKEN}/{file['file_path']}") as response:
        assert await response.read() == b"%PDF-1.7"
    wrong = "Bad Request: wrong file_id or the file is temporarily unavailable"
    assert await api.refusal("getFile", file_id="nonsense") == wrong


async def test_files_over_20_mb_cannot_be_downloaded(
    api: Api, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.console.files.MAX_DOWNLOAD", 10)
    sent = await console.upload(ENGINEER, "big.bin", b"x" * 11)
    refusal = await api.refusal("getFile", file_id=sent["document"]["file_id"])
    assert refusal == "Bad Request: file is too big"


async def test_uploads_over_50_mb_are_refused(api: Api) -> None:
    answer = await post(api, "sendDocument", form_with("document", bytes(52 * 1024 * 1024), "big.bin"))
    assert (answer["error_code"], answer["description"]) == (413, "Request Entity Too Large")


async def test_pictures_are_measured_and_can_be_sent_again(api: Api, picture: bytes) -> None:
    answer = await post(api, "sendPhoto", form_with("photo", picture, "chart.png", caption="chart"))
    photo = answer["result"]["photo"][-1]  # type: ignore[index]  # the shape is what this test is about
    assert (photo["width"], photo["height"], photo["file_size"]) == (320, 180, len(picture))
    again = await api.result("sendPhoto", chat_id=ENGINEER, photo=photo["file_id"])
    assert again["photo"][-1]["file_id"] == photo["file_id"]
    mismatch = await api.refusal("sendDocument", chat_id=ENGINEER, document=photo["file_id"])
    assert mismatch == "Bad Request: can't use file of type Photo as Document"


async def test_bad_pictures_and_captions_are_refused(api: Api, picture: bytes) -> None:
    broken = await post(api, "sendPhoto", form_with("photo", b"not a picture", "chart.png"))
    assert broken["description"] == "Bad Request: IMAGE_PROCESS_FAILED"
    long = await post(api, "sendPhoto", form_with("photo", picture, "chart.png", caption="😀" * 513))
    assert long["description"] == "Bad Request: message caption is too long"
    empty = await post(api, "sendDocument", form_with("document", b"", "empty.txt"))
    assert empty["description"] == "Bad Request: file must be non-empty"
    unknown = await api.refusal("sendPhoto", chat_id=ENGINEER, photo="nonsense")
    assert unknown == "Bad Request: wrong file identifier/HTTP URL specified"
    assert await api.refusal("sendPhoto", chat_id=ENGINEER) == "Bad Request: there is no photo in the request"
    assert api.console.messages(ENGINEER) == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\a.csv", "a.csv"),
        ("invoice\u202egpj.exe", "invoice_gpj.exe"),
        ("..", "file"),
        ("", "file"),
        ("a\x00b\n.txt", "a_b_.txt"),
    ],
)
def test_file_names_are_labels_without_paths(given: str, kept: str) -> None:
    assert safe_name(given) == kept
