"""What is done to live events and their runs, in the console API."""

from typing import Any

from matsuri.live_events import actions
from matsuri.live_events.console_messages import (
    ActionRequest,
    CopyRequest,
    LiveEventMessage,
    StopRequest,
)
from matsuri.live_events.live_event_desk import PATH, TAG, LiveEventDesk
from matsuri.live_events.model import LIVE_EVENT_KIND
from matsuri.web.callers import Action, ConsoleCaller, ConsoleMay, Entity
from matsuri.web.definitions import author_of
from matsuri.web.messages import int64
from matsuri.web.routes import Request, Route


def routes(desk: LiveEventDesk, *, console_may: ConsoleMay) -> list[Route[Any, Any]]:
    """The endpoints."""

    async def launch(
        request: Request, caller: ConsoleCaller, body: ActionRequest
    ) -> LiveEventMessage:
        return await desk.change(request, caller, body, actions.launched)

    async def stop(request: Request, caller: ConsoleCaller, body: StopRequest) -> LiveEventMessage:
        event, now_us = desk.get(request.params["id"]), desk.now_us
        if body.run:
            changes = actions.run_stopped(event, body.run, now_us)
            return await desk.change(request, caller, body, lambda _: changes)
        return await desk.change(
            request, caller, body, lambda live_event: actions.stopped(live_event, now_us)
        )

    async def resume(
        request: Request, caller: ConsoleCaller, body: StopRequest
    ) -> LiveEventMessage:
        if body.run:
            changes = actions.run_resumed(desk.get(request.params["id"]), body.run, desk.now_us)
            return await desk.change(request, caller, body, lambda _: changes)
        return await desk.change(request, caller, body, actions.resumed)

    async def archive(
        request: Request, caller: ConsoleCaller, body: ActionRequest
    ) -> LiveEventMessage:
        return await desk.change(request, caller, body, actions.archived)

    async def unarchive(
        request: Request, caller: ConsoleCaller, body: ActionRequest
    ) -> LiveEventMessage:
        return await desk.change(request, caller, body, actions.unarchived)

    async def copy(request: Request, caller: ConsoleCaller, body: CopyRequest) -> LiveEventMessage:
        start_s = body.start_time_sec
        made = await desk.definitions.create(
            LIVE_EVENT_KIND,
            body.name,
            actions.copied(
                desk.get(request.params["id"]).body,
                desk.now_us,
                start_s=None if start_s is None else int64(start_s, "start_time_sec"),
            ),
            author=author_of(caller, body.note),
        )
        return await desk.message(made)

    def route(verb: str, handle: Any, request_type: type[Any], summary: str, told: str) -> Any:
        return Route(
            method="POST",
            path=f"{PATH}/{{id}}/{verb}",
            auth=console_may(Entity.LIVE_EVENT, Action.WRITE),
            handler=handle,
            request_type=request_type,
            response_type=LiveEventMessage,
            operation=f"console_{verb}_live_event",
            summary=summary,
            description=told,
            tag=TAG,
        )

    return [
        route(
            "launch",
            launch,
            ActionRequest,
            "Launch a live event that is a draft",
            "Its runs come as scheduled; one whose time has begun is on at once.",
        ),
        route(
            "stop",
            stop,
            StopRequest,
            "Stop a live event, or one run of it, now",
            (
                "The run that is on ends at once. A live event that is stopped has no runs until "
                "it is resumed; where only a run is stopped, those that come later are not "
                "affected."
            ),
        ),
        route(
            "resume",
            resume,
            StopRequest,
            "Let a live event, or a run of it, go on",
            "A run whose time is not over goes on, and who took part in it still does.",
        ),
        route(
            "archive",
            archive,
            ActionRequest,
            "Archive a live event",
            "It ends, and uses nothing any more: what it used can be deleted, and it can be, too.",
        ),
        route(
            "unarchive",
            unarchive,
            ActionRequest,
            "Take a live event out of the archive",
            "It is stopped until it is resumed. Refused where something that it uses is gone.",
        ),
        route(
            "copy",
            copy,
            CopyRequest,
            "Copy a live event, as a draft",
            "Everything is copied but what has happened to it.",
        ),
    ]
