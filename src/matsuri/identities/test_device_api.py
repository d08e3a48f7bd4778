"""Test devices in the console API: ``/v1/console/identity/{id}/test-device``."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matsuri.errors import invalid_field
from matsuri.identities.audit_trail import Actor
from matsuri.identities.test_devices import Device, DeviceClocks
from matsuri.kit.texts import NOT_STORABLE, is_storable
from matsuri.web.callers import Action, ConsoleCaller, ConsoleMay, Entity
from matsuri.web.messages import int64
from matsuri.web.routes import Request, Route

_TAG = "Test devices"
_PATH = "/v1/console/identity/{id}/test-device"
_NOTE = "An id that was merged into another identity leads to that one."

Note = Annotated[str, Meta(max_length=1000, description="Why, for the audit log.")]


class DeviceRequest(msgspec.Struct, frozen=True):
    """How far the clock of a test device is to be ahead."""

    clock_offset_sec: (
        Annotated[
            str | int | float,
            Meta(description="Seconds, also as text; negative for a clock that is behind."),
        ]
        | None
    ) = None
    note: Note | None = None


class RemoveDeviceQuery(msgspec.Struct, frozen=True):
    """Why a player is to be a test device no more."""

    note: Note = ""


class DeviceMessage(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a player is a test device, and what time it is for it."""

    identity_id: str
    is_test: bool
    clock_offset_sec: Annotated[
        str, Meta(description="How far its clock is ahead, in seconds as text; 0 for all others.")
    ]
    device_time_sec: Annotated[
        str, Meta(description="What time it is for the player now; epoch seconds as text.")
    ]


class _Handlers:
    """One method for each endpoint."""

    def __init__(self, devices: DeviceClocks) -> None:
        self._devices = devices

    async def read(self, request: Request, _caller: ConsoleCaller, _body: None) -> DeviceMessage:
        return _message(await self._devices.get(request.params["id"]))

    async def put(
        self, request: Request, caller: ConsoleCaller, body: DeviceRequest
    ) -> DeviceMessage:
        given = body.clock_offset_sec
        if given is None or given == "":
            raise invalid_field("clock_offset_sec", "is missing", "seconds; 0 for no offset")
        device = await self._devices.set(
            request.params["id"],
            int64(given, "clock_offset_sec"),
            by=Actor(caller.name, caller.is_key),
            note=_checked(body.note),
        )
        return _message(device)

    async def delete(
        self, request: Request, caller: ConsoleCaller, query: RemoveDeviceQuery
    ) -> DeviceMessage:
        device = await self._devices.remove(
            request.params["id"],
            by=Actor(caller.name, caller.is_key),
            note=_checked(query.note),
        )
        return _message(device)


def routes(devices: DeviceClocks, *, console_may: ConsoleMay) -> list[Route[Any, Any]]:
    """The endpoints."""
    handle = _Handlers(devices)
    may_write = console_may(Entity.IDENTITY, Action.WRITE)
    return [
        Route(
            method="GET",
            path=_PATH,
            auth=console_may(Entity.IDENTITY, Action.READ),
            handler=handle.read,
            response_type=DeviceMessage,
            operation="console_get_test_device",
            summary="Whether a player is a test device, and by how much its clock differs",
            description=_NOTE,
            tag=_TAG,
        ),
        Route(
            method="PUT",
            path=_PATH,
            auth=may_write,
            handler=handle.put,
            request_type=DeviceRequest,
            response_type=DeviceMessage,
            operation="console_set_test_device",
            summary="Make a player a test device, with a clock of its own",
            description=(
                "From then on it gets what there is at its own time, takes no place from others "
                f"and counts in no metric. The change is in the audit log. {_NOTE}"
            ),
            tag=_TAG,
        ),
        Route(
            method="DELETE",
            path=_PATH,
            auth=may_write,
            handler=handle.delete,
            query_type=RemoveDeviceQuery,
            response_type=DeviceMessage,
            operation="console_remove_test_device",
            summary="Make a test device a player like all others",
            description=f"What it did until then stays out of the metrics. {_NOTE}",
            tag=_TAG,
        ),
    ]


def _checked(note: str | None) -> str:
    if note and not is_storable(note):
        raise invalid_field("note", f"must not contain {NOT_STORABLE}")
    return note or ""


def _message(device: Device) -> DeviceMessage:
    identity = device.identity
    return DeviceMessage(
        identity_id=identity.id,
        is_test=identity.is_test,
        clock_offset_sec=str(identity.clock_offset_s or 0),
        device_time_sec=str(device.time_s),
    )
