"""The simulator against real answers, where the samples are at hand."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

SAMPLES = Path(__file__).parents[2].parent / "shared" / "samples" / "billmanager"

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="NOT tested against real replies: no ../shared/samples")


def test_a_created_payment_is_told_as_a_real_one_is(world: Any) -> None:
    """The real answer of a creation has the same id, ok and payment_id, with the same attributes."""
    real = json.loads((SAMPLES / "pastebin_Y0CAEJf1_payment.add.json").read_text(encoding="utf-8"))["doc"]
    ours = world.call("payment.add.pay", **world.creation())
    assert [sorted(item) for item in ours["id"]] == [sorted(item) for item in real["id"]]
    assert ours["payment_id"].keys() == real["payment_id"].keys()
    assert {"$lang", "$func", "$binary", "$host", "tparams", "saved_filters", "ok"} <= ours.keys() & real.keys()
    assert ours["saved_filters"] == real["saved_filters"] == {}


def test_a_row_has_the_columns_of_a_real_one(world: Any) -> None:
    """Every column of the real list of payments stands in ours, but for those that are only for people's eyes."""
    text = (SAMPLES / "trace_payment_list_client.xml").read_text(encoding="utf-8")
    row = re.search(r"<elem>.*?</elem>", text, re.DOTALL)
    assert row is not None
    real = set(re.findall(r"<(\w+)", row[0])) - {"elem"}
    world.create()
    ours = world.call("payment", filter="off")["elem"][0].keys()
    assert {name for name in real - ours if not re.search(r"_(l|s|locale_time)$", name)} == set()


def test_who_am_i_as_a_real_one_says(world: Any) -> None:
    """The user's attributes that we show are among the real ones."""
    text = (SAMPLES / "trace_whoami_out_xml.xml").read_text(encoding="utf-8")
    real = set(re.findall(r' (\w+)="', re.findall(r"<user [^>]*>", text)[0]))
    assert {name.removeprefix("$") for name in world.call("whoami")["user"]} <= real
