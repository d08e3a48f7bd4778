"""What a call of the console is called in the audit log, made of its route."""

import re
from typing import Any, Protocol

from matsuri.console.attempts import Attempt, under_way
from matsuri.web.routes import Request, Route

_CONSOLE = "/v1/console/"
_OPERATION = re.compile(r"console_([a-z0-9]+)_?(.*)")


class AttemptNotes(Protocol):
    """Notes what became of calls."""

    async def end(self, attempt: Attempt, status: int, message: str) -> None:
        """The answer is decided: its status, and what it says where it is no success."""
        ...


class ConsoleCall:
    """How the calls of one route of the console are noted."""

    def __init__(self, route: Route[object, object]) -> None:
        self._operation = route.operation
        self._audited = route.is_audited
        self._kind = subject_kind_of(route)
        self._action = action_of(route)
        self._told = route.told

    def attempt(self, request: Request) -> Attempt:
        """One call; who makes it is not known yet."""
        return Attempt(
            operation=self._operation,
            action=self._action,
            audited=self._audited,
            subject_kind=self._kind,
            subject_id=next(iter(request.params.values()), ""),
            address=request.address,
            user_agent=request.header(b"user-agent"),
            request_id=request.request_id,
        )

    def answered(self, answer: object) -> None:
        """The handler has answered: keep what of it is noted."""
        attempt = under_way()
        if attempt is not None and self._told:
            attempt.after = {name: _counted(getattr(answer, name)) for name in self._told}


def _counted(value: Any) -> Any:
    return len(value) if isinstance(value, list) else value


def console_call(route: Route[object, object]) -> ConsoleCall | None:
    """How calls of a route are noted; ``None`` for one that is none of the console."""
    return ConsoleCall(route) if route.path.startswith(_CONSOLE) else None


def subject_kind_of(route: Route[object, object]) -> str:
    """What a route is about: the entity of its permission, or the first part of its own path."""
    if route.subject:
        return route.subject
    entity = route.auth.permission.partition(":")[0]
    return entity or route.path.removeprefix(_CONSOLE).partition("/")[0].replace("-", "_")


def action_of(route: Route[object, object]) -> str:
    """``subject.verb`` of a route, as ``flag.add_variant`` of ``console_add_flag_variant``."""
    if route.action:
        return route.action
    kind = subject_kind_of(route)
    found = _OPERATION.fullmatch(route.operation)
    if found is None:
        return f"{kind}.{route.operation}"
    verb, rest = found.groups()
    # The operations of keys write their kind without underscores.
    rest = rest.replace(kind.replace("_", ""), kind)
    if rest in {"", kind, f"{kind}s"}:
        return f"{kind}.{verb}"
    if rest.startswith(f"{kind}_"):
        return f"{kind}.{verb}_{rest.removeprefix(f'{kind}_')}"
    if rest.endswith(f"_{kind}"):
        return f"{kind}.{verb}_{rest.removesuffix(f'_{kind}')}"
    return f"{rest}.{verb}"
