"""What goes to each receiver's API, byte for byte: the bodies of one fixed audience with every state of consent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from audiencevault.destinations.composing import Outgoing
from audiencevault.destinations.definition import Definition, load_all
from audiencevault.destinations.requests import Grouped, Requests
from audiencevault.destinations.sample import sample_for
from audiencevault.destinations.testing_api import sample_outgoing

GOLDENS = Path(__file__).parent.parent / "goldens" / "destinations"
DEFINITIONS = {name: definition for name, definition in load_all().items() if definition.api}
ENDINGS = {"json": "json", "form": "txt", "form_items": "txt", "multipart_csv": "txt", "text": "txt", "none": "txt"}


def bodies(definition: Definition, outgoing: Outgoing) -> dict[str, bytes]:
    """Every body by its file's name, and `requests.json` with what stands around them."""
    assert definition.api is not None
    computed = {setting.name: f"{setting.name}1" for setting in definition.api.settings if setting.computed}
    requests = Requests(definition, {**outgoing.settings, **computed}, {}, None)
    files: dict[str, bytes] = {}
    said: list[dict[str, Any]] = []
    for number, made in enumerate(outgoing.pushes):
        grouped = Grouped(number, made, requests)
        assert not len(grouped.too_long)
        for count, batch in enumerate(grouped.batches(), start=1):
            request = requests.of(grouped, batch, signed=False)
            name = f"{made.push.name}-{count}.{ENDINGS[made.call.body]}"
            files[name] = request.body
            headers = {key: value for key, value in request.headers.items() if key != "user-agent"}
            said.append({"file": name, "method": request.method, "url": request.url, "headers": headers})
    held = outgoing.held_back.select(["contact_id", "channel", "sentence"]).to_pylist()
    document = {"requests": said, "held_back": sorted(held, key=lambda row: (row["channel"], row["contact_id"]))}
    files["requests.json"] = (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()
    return files


@pytest.mark.parametrize("name", sorted(DEFINITIONS))
def test_outgoing_bodies_are_the_goldens(name: str, rewrite_goldens: bool) -> None:
    definition = DEFINITIONS[name]
    made = bodies(definition, sample_outgoing(definition, sample_for(definition)))
    golden = GOLDENS / name / "api"
    if rewrite_goldens:
        golden.mkdir(parents=True, exist_ok=True)
        for old in golden.iterdir():
            old.unlink()
        for file, data in made.items():
            (golden / file).write_bytes(data)
    assert sorted(made) == sorted(path.name for path in golden.iterdir())
    for file, data in made.items():
        assert data == (golden / file).read_bytes(), file


@pytest.mark.parametrize("name", sorted(DEFINITIONS))
def test_no_personal_data_is_in_an_address_but_where_it_must_be(name: str) -> None:
    definition = DEFINITIONS[name]
    said = json.loads(bodies(definition, sample_outgoing(definition, sample_for(definition)))["requests.json"])
    for request in said["requests"]:
        assert "%40" not in request["url"]
        assert "@" not in request["url"]
        assert request["url"].startswith("https://")
