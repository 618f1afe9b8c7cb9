"""docs/sandbox.md: what it says to type works as it stands, from the first line to the last."""

import json
import re
import shlex
from pathlib import Path

import httpx

from sandbox import Sandbox
from sandbox.cast import default_world

PAGE = Path(__file__).parents[1] / "docs" / "sandbox.md"


async def test_every_line_of_the_script_works_in_its_order() -> None:
    text = PAGE.read_text("utf-8")
    lines = [line for block in re.findall(r"```sh\n(.*?)```", text, re.S) for line in block.splitlines()]
    calls = [shlex.split(line, comments=True) for line in lines if line.startswith(("sim ", "bot "))]
    looks = [shlex.split(line, comments=True)[-1] for line in lines if line.startswith("curl")]
    assert len(calls) > 15
    assert len(looks) == 3
    world = default_world()
    transport = httpx.ASGITransport(Sandbox(world))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
        for who, what, body in calls:
            path = f"/sim/{what}" if who == "sim" else f"/bot{world.token}/{what}"
            answer = await http.post(path, json=json.loads(body))
            assert answer.status_code == 200, f"{who} {what} {body}: {answer.text}"
        for address in looks:
            answer = await http.get(address.replace("$at", ""))
            assert answer.status_code == 200, f"{address}: {answer.text}"
        chat = world.person("Carl").text("Walks")
        assert "Where to?" in chat
        assert "Coming?" in world.person("Bea").text()
