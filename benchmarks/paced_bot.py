"""The bot, delivering so many times faster than Telegram allows: `python -m benchmarks.paced_bot SCALE`.

For benchmarks whose receiving side runs its limits on the same scale; everything else is `python -m bot`.
"""

import sys
from functools import partial
from unittest.mock import patch

from bot import delivery
from bot.__main__ import main
from bot.pace import Pace


def paced(scale: float) -> int:
    """Run the bot; return its exit code."""
    with (
        patch.object(delivery, "Pace", partial(Pace, second_s=1 / scale)),
        patch.object(delivery, "_AT_ONCE", round(delivery._AT_ONCE * scale)),
    ):
        return main()


if __name__ == "__main__":
    raise SystemExit(paced(float(sys.argv[1])))
