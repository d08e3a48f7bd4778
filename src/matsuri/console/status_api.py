"""How the server is, and how it was set up: what the console's home and settings show."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matsuri.console.licences import licences
from matsuri.console.model import ConsoleCaller
from matsuri.console.permissions import Action, Entity
from matsuri.web.callers import ConsoleMay
from matsuri.web.routes import Request, Route

_TAG = "Server"


class MinuteMessage(msgspec.Struct, frozen=True):
    """Events of one minute, as this process took them."""

    time_sec: Annotated[str, Meta(description="When the minute began, seconds since the epoch.")]
    accepted: int
    refused: int


class IngestionMessage(msgspec.Struct, frozen=True):
    """What comes in, and how far behind what is made of it."""

    minutes: Annotated[
        Sequence[MinuteMessage],
        Meta(description="The last hour, the earliest first; the last one is not over."),
    ]
    lag_bytes: Annotated[int, Meta(description="How much of the log is yet to be applied.")]
    lag_seconds: Annotated[float, Meta(description="How long the oldest of that has waited.")]
    events_applied: Annotated[int, Meta(description="Since the beginning.")]
    events_duplicate: Annotated[
        int, Meta(description="Left out since the beginning, because their id came before.")
    ]
    dead_letters: Annotated[
        int, Meta(description="Parts of the log that could not be applied, since the beginning.")
    ]
    analytics_waiting: Annotated[
        int, Meta(description="Stretches that are applied and not in the analytics store yet.")
    ]
    memberships_waiting: Annotated[
        int, Meta(description="Players whose stored audiences are to be found anew.")
    ]


class StatusMessage(msgspec.Struct, frozen=True):
    """How the server is right now, as the process that answers sees it."""

    version: str
    start_time_sec: Annotated[str, Meta(description="Since when this process runs.")]
    definitions_version: str
    problems: Annotated[
        Sequence[str], Meta(description="What keeps the server from serving, a sentence each.")
    ]
    ingestion: IngestionMessage
    worker_running: Annotated[
        bool | msgspec.UnsetType,
        Meta(description="Whether its worker process runs; missing where that is elsewhere."),
    ] = msgspec.UNSET


class SettingMessage(msgspec.Struct, frozen=True):
    """One setting."""

    name: str
    variable: Annotated[str, Meta(description="The environment variable that sets it.")]
    value: Annotated[Any, Meta(description="A secret one only says `(set)` or nothing.")]
    default: Any
    description: str
    secret: bool
    changed: Annotated[bool, Meta(description="Whether the value is not the default.")]


class LibraryMessage(msgspec.Struct, frozen=True):
    """A library that the server runs on."""

    name: str
    version: str
    licence: Annotated[str, Meta(description="In the words of the library's metadata.")]


class LibrariesMessage(msgspec.Struct, frozen=True):
    """Every library that the server runs on, by name."""

    libraries: Sequence[LibraryMessage]


class ConfigurationMessage(msgspec.Struct, frozen=True):
    """Every setting, in the order of the configuration reference."""

    settings: Sequence[SettingMessage]


def routes(
    status: Callable[[], Awaitable[StatusMessage]],
    settings: Sequence[SettingMessage],
    *,
    console_may: ConsoleMay,
) -> list[Route[Any, Any]]:
    """The endpoints; settings do not change while the server runs."""
    configuration = ConfigurationMessage(settings)

    async def read_status(_request: Request, _caller: ConsoleCaller, _body: None) -> StatusMessage:
        return await status()

    async def read_configuration(
        _request: Request, _caller: ConsoleCaller, _body: None
    ) -> ConfigurationMessage:
        return configuration

    async def read_libraries(
        _request: Request, _caller: ConsoleCaller, _body: None
    ) -> LibrariesMessage:
        # The metadata lie in files, and are read once.
        found = await asyncio.to_thread(licences)
        return LibrariesMessage([LibraryMessage(*each) for each in found])

    return [
        Route(
            method="GET",
            path="/v1/console/library",
            auth=console_may(Entity.SETTING, Action.READ),
            handler=read_libraries,
            response_type=LibrariesMessage,
            operation="console_libraries",
            summary="The libraries that the server runs on, with their licences",
            tag=_TAG,
        ),
        Route(
            method="GET",
            path="/v1/console/status",
            auth=console_may(Entity.SETTING, Action.READ),
            handler=read_status,
            response_type=StatusMessage,
            operation="console_status",
            summary="How the server is",
            tag=_TAG,
        ),
        Route(
            method="GET",
            path="/v1/console/configuration",
            auth=console_may(Entity.SETTING, Action.READ),
            handler=read_configuration,
            response_type=ConfigurationMessage,
            operation="console_configuration",
            summary="The settings and limits that the server runs with",
            description="To be read only: they are set where the server is started.",
            tag=_TAG,
        ),
    ]
