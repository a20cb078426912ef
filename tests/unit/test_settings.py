"""Settings: bad ones are explained, a line each, and secrets stay secret."""

import subprocess
import sys
from pathlib import Path

import pytest

from cli.env_example import render_env_example
from core.settings import SettingsError, load_settings

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def faults(folder: Path, text: str) -> list[str]:
    (folder / ".env").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    return caught.value.faults


def test_the_example_file_is_what_the_settings_say() -> None:
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == render_env_example()


def test_the_example_file_loads_when_every_line_is_switched_on(folder: Path) -> None:
    lines = render_env_example().splitlines()
    (folder / ".env").write_text(
        "\n".join(line[1:] if line.startswith("#") and "=" in line else line for line in lines)
    )
    assert load_settings().database_url is None


def test_each_fault_is_one_line_that_names_the_variable(folder: Path) -> None:
    found = faults(folder, "DATABASE_URL=mysql://x\nBOT__HEALTH_PORT=99999\nTIME_ZONE=Mars/Olympus\n")
    assert [line.split(":")[0] for line in found] == ["DATABASE_URL", "TIME_ZONE", "BOT__HEALTH_PORT"]
    assert all("\n" not in line for line in found)


def test_a_bad_token_is_not_repeated(folder: Path) -> None:
    found = faults(folder, "TELEGRAM_BOT_TOKEN=my-very-secret\n")
    assert len(found) == 1
    assert "my-very-secret" not in found[0]


def test_webhook_mode_asks_for_what_it_needs(folder: Path) -> None:
    assert "BOT__WEBHOOK_SECRET" in faults(folder, "BOT__MODE=webhook\n")[0]


def test_a_file_that_is_not_text_is_a_fault(folder: Path) -> None:
    (folder / ".env").write_bytes(b"\xff\xfe\x00BROKEN")
    with pytest.raises(SettingsError):
        load_settings()


def test_broken_settings_end_the_command_with_code_2_before_anything_starts(folder: Path) -> None:
    (folder / ".env").write_text(f"REDIS_URL=http://x\nHYDRODIAG_HOME={folder / 'home'}\n")
    run = subprocess.run(
        [sys.executable, "-m", "cli", "run"],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 2
    assert run.stderr.strip() == "settings: REDIS_URL: must start with redis://, rediss:// or unix://"
    assert not (folder / "home").exists()
