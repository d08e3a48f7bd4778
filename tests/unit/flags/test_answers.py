"""Answers are shared, and what they are made of is encoded once."""

import json

from matsuri.flags.answers import Answers, Pieces
from matsuri.flags.model import Override, OverrideType, Resolution


def resolution(value: str, kind: OverrideType = OverrideType.FLAG, **fields: str) -> Resolution:
    override = Override(kind, fields.get("source", "f"), fields.get("variant", ""), value, 0)
    return Resolution(override, (), changed=kind is not OverrideType.FLAG)


def test_equal_combinations_are_one_answer() -> None:
    answers = Answers()
    one, two, other = resolution("1"), resolution("2"), resolution("1")
    first = answers.of({"b": two, "a": one})
    assert answers.of({"b": two, "a": one}) is first
    assert [flag["name"] for flag in json.loads(first.body)["flags"]] == ["a", "b"]
    # Another resolution that says the same is another answer with the same version.
    again = answers.of({"b": two, "a": other})
    assert again is not first
    assert again.version == first.version
    assert answers.of({"b": two, "a": resolution("3")}).version != first.version


def test_an_identity_that_is_used_again_is_another_resolution() -> None:
    """What nobody has is forgotten, with the identities that it was known by."""
    answers = Answers()
    for number in range(1000):
        answer = answers.of({"a": resolution(str(number))})
        assert json.loads(answer.body)["flags"][0]["value"] == str(number)


def test_what_is_encoded_stays_within_bounds() -> None:
    made = []

    def encode(name: str, _resolution: Resolution) -> bytes:
        made.append(name)
        return bytes(8 * 1024 * 1024)

    pieces = Pieces(encode)
    kept = [resolution(str(number)) for number in range(6)]
    for _ in range(2):
        for number, each in enumerate(kept):
            pieces.of(str(number), each)
    pieces.of("5", kept[5])
    assert made[:6] == ["0", "1", "2", "3", "4", "5"]
    # Five of them are too many to keep: the first four are there, the others are made again.
    assert made[6:] == ["4", "5", "5"]
    assert pieces.unshared_bytes == 5 * 8 * 1024 * 1024


def test_what_an_answer_shares_with_no_other_is_counted_with_it() -> None:
    answers = Answers()
    values = ["x" * 12 * 1024 * 1024, "y" * 12 * 1024 * 1024, "z" * 12 * 1024 * 1024]
    made = [answers.of({"a": resolution(value)}) for value in values]
    assert [each.memory_bytes > 12 * 1024 * 1024 for each in made] == [False, False, True]


def test_live_events_and_experiments_are_reasons() -> None:
    kinds = {
        OverrideType.FLAG_VARIANT: 1,
        OverrideType.LIVE_EVENT_FLAG: 2,
        OverrideType.LIVE_EVENT_FLAG_VARIANT: 2,
        OverrideType.EXPERIMENT_PHASE_VARIANT_FLAG: 3,
    }
    for kind, reason in kinds.items():
        found = resolution("1", kind, source="summer", variant="red")
        (flag,) = json.loads(Answers().of({"a": found}).body)["flags"]
        assert flag["change_reason"] == {"type": reason, "name": "summer", "variant_name": "red"}
