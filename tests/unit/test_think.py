import pytest

from core.rag.think import ThinkFilter

TEXT = "<think>The pump... <b>\n</think>\n\nCheck the <strainer> first [1]. <thin oil>"
SHOWN = "Check the <strainer> first [1]. <thin oil>"


def _through(pieces: list[str]) -> str:
    thoughts = ThinkFilter()
    return "".join(thoughts.feed(piece) for piece in pieces) + thoughts.close()


@pytest.mark.parametrize("size", range(1, len(TEXT) + 1))
def test_thoughts_disappear_wherever_the_stream_is_cut(size: int) -> None:
    assert _through([TEXT[i : i + size] for i in range(0, len(TEXT), size)]) == SHOWN


def test_text_is_shown_as_soon_as_it_cannot_be_a_tag() -> None:
    thoughts = ThinkFilter()
    assert thoughts.feed("Bleed the pump<") == "Bleed the pump"
    assert thoughts.feed("2 bar") == "<2 bar"


def test_a_thought_that_never_ends_is_not_an_answer() -> None:
    assert _through(["<think>Let me see", " and see"]) == ""


def test_a_beginning_tag_at_the_very_end_is_text() -> None:
    assert _through(["pressure <thi"]) == "pressure <thi"


def test_several_thoughts_and_a_stray_closing_tag_are_dropped() -> None:
    assert _through(["a<think>x</think>b", "</THINK>c<Think>y</think>d"]) == "abcd"
