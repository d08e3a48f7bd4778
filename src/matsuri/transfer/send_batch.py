"""A batch of events or identities goes to the server, and what it refuses comes back."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec

from matsuri.transfer.rows import INVALID_FIELD, REFUSED, Refusal, TransferFailed
from matsuri.transfer.server_client import Answer

_OK = 200
_TOO_LARGE = 413
_BAD = 400


class Poster(Protocol):
    """Sends a body and gives the answer."""

    def post(self, path: str, body: bytes) -> Answer:
        """The answer; raises ``TransferFailed``."""
        ...

    def stop(self) -> None:
        """Wait no more for a server that does not answer."""
        ...


class Target(Protocol):
    """Where the rows of a file go to."""

    path: str
    plural: str

    def refusals(self, answer: Answer) -> Mapping[int, Refusal] | None:
        """What was refused, by its place in the request; ``None``: the request as a whole was."""
        ...


class EventTarget:
    """``/v1/server-event``: it keeps what is valid and answers 400 with a detail for each other."""

    path = "/v1/server-event"
    plural = "events"

    def refusals(self, answer: Answer) -> Mapping[int, Refusal] | None:
        """See ``Target``."""
        said = answer.json
        if answer.status == _OK:
            return {}
        details = said.get("details") or []
        if not details or not all({"index", "reason", "problem"} <= set(one) for one in details):
            return None
        return {
            detail["index"]: Refusal(str(detail["reason"]), str(detail["problem"]))
            for detail in details
        }


class IdentityTarget:
    """``/v1/console/identity/import``: it answers 200 and names what it refused."""

    path = "/v1/console/identity/import"
    plural = "identities"

    def refusals(self, answer: Answer) -> Mapping[int, Refusal] | None:
        """See ``Target``."""
        if answer.status != _OK:
            return None
        refused = answer.json.get("refused")
        if not isinstance(refused, list):
            raise TransferFailed("what answers there is no Matsuri server")
        return {
            one["index"]: Refusal(INVALID_FIELD, f"{one['field']} {one['problem']}")
            for one in refused
        }


def send_batch(
    server: Poster, target: Target, items: Sequence[dict[str, Any]]
) -> dict[int, Refusal]:
    """Send ``items``; those that were refused, by their place among them.

    A request that is refused as a whole is sent in halves, down to the one item that is at fault.
    Raises ``TransferFailed``.
    """
    if not items:
        return {}
    answer = server.post(target.path, msgspec.json.encode({target.plural: items}))
    if answer.status not in {_OK, _BAD, _TOO_LARGE}:
        raise TransferFailed(f"the server answers {answer.status}: {answer.message}")
    refused = target.refusals(answer)
    if refused is not None:
        return dict(refused)
    if len(items) == 1:
        return {0: Refusal(REFUSED, answer.message)}
    middle = len(items) // 2
    first = send_batch(server, target, items[:middle])
    second = send_batch(server, target, items[middle:])
    return first | {middle + index: refusal for index, refusal in second.items()}
