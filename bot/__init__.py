"""The machine: intake, conversation, delivery, time, wiring. Knows Telegram; knows no capability."""

import os

os.environ.setdefault("PTB_TIMEDELTA", "true")  # the library's coming way to say how long to wait; the old one warns
