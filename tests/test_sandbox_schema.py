"""Our requests against the list of the Bot API's methods, where that list is at hand."""

import json
from pathlib import Path

import pytest

from sandbox import api
from sandbox.requests import METHODS
from sandbox.shapes import Shape

SCHEMA = Path(__file__).parents[2] / "shared" / "botapi" / "telegram-bot-api-10.0.json"


@pytest.mark.skipif(not SCHEMA.exists(), reason="the list is not on this machine")
def test_no_request_takes_or_forgives_what_telegram_does_not() -> None:
    assert api.methods
    known = json.loads(SCHEMA.read_text())["methods"]
    for method in METHODS.values():
        theirs = {field["name"]: field["required"] for field in known[method.name].get("fields", ())}
        ours = {name: field.is_required() for name, field in method.request.model_fields.items()}
        for name in method.request.legacy:
            assert name not in theirs, "it is in the list, so it is no exception"
            assert not ours.pop(name), "nobody can be asked for what the list does not name"
        assert ours == theirs, method.name


def test_the_only_parameter_beyond_the_list_is_the_old_name_of_a_quizs_answer() -> None:
    beyond = {(method.name, name) for method in METHODS.values() for name in method.request.legacy}
    assert beyond == {("sendPoll", "correct_option_id")}


@pytest.mark.skipif(not SCHEMA.exists(), reason="the list is not on this machine")
def test_the_objects_inside_requests_are_telegrams() -> None:
    known = json.loads(SCHEMA.read_text())["types"]
    shapes = [shape for shape in Shape.__subclasses__() if known[shape.__name__].get("fields")]
    assert len(shapes) > 10
    for shape in shapes:
        theirs = {field["name"]: field["required"] for field in known[shape.__name__]["fields"]}
        ours = {name: field.is_required() for name, field in shape.model_fields.items()}
        assert ours == theirs, shape.__name__
