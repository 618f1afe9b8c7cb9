"""One SVG from standard input, as JPEG on standard output: a process of its own for every picture.

resvg holds Python's lock while it draws: in a thread of the bot everybody would wait a third of a second for a card.
Apart from it a picture also cannot hang or break anything but itself. Nothing of ours is imported, so it starts fast.
"""

import io
import os
import subprocess
import sys
from pathlib import Path

QUALITY, COLOURS = 86, "4:2:2"  # of the JPEG, which is what Telegram makes of every photo
PATIENCE = 30  # seconds for what takes half a one


class Spoiled(Exception):
    """Nothing came of it."""


def paint(svg: str) -> bytes:
    """An SVG as JPEG, with our own fonts and nothing from anywhere else."""
    command = [sys.executable, "-I", str(Path(__file__))]
    done = subprocess.run(command, input=svg.encode(), capture_output=True, timeout=PATIENCE, check=False)  # noqa: S603
    if done.returncode or not done.stdout:
        raise Spoiled(done.returncode)
    return done.stdout


def main() -> None:
    """What the process does."""
    import resvg_py
    from PIL import Image
    from pylopdf_fonts_zh_cn import sans_path, serif_path

    if hasattr(os, "nice"):
        os.nice(5)  # answers go first
    svg = sys.stdin.buffer.read().decode()
    fonts = [str(sans_path()), str(serif_path())]
    png = resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True, font_files=fonts)
    out = io.BytesIO()
    with Image.open(io.BytesIO(png)) as image:
        image.convert("RGB").save(out, "JPEG", quality=QUALITY, subsampling=COLOURS)
    sys.stdout.buffer.write(out.getvalue())


if __name__ == "__main__":
    main()
