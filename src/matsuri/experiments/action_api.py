"""What is done to experiments as a whole, in the console API."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from matsuri.experiments import actions
from matsuri.experiments.console_messages import ActionRequest, CopyRequest, ExperimentMessage
from matsuri.experiments.experiment_desk import PATH, TAG, ExperimentDesk
from matsuri.experiments.model import EXPERIMENT_KIND, ExperimentDefinition
from matsuri.web.callers import Action, ConsoleCaller, ConsoleMay, Entity
from matsuri.web.definitions import author_of
from matsuri.web.messages import int64
from matsuri.web.routes import Request, Route

Handler = Callable[[Request, ConsoleCaller, ActionRequest], Awaitable[ExperimentMessage]]
Decision = Callable[[ExperimentDefinition, int], Mapping[str, Any]]


def routes(desk: ExperimentDesk, *, console_may: ConsoleMay) -> list[Route[Any, Any]]:
    """The endpoints."""

    def handler(decide: Decision) -> Handler:
        async def act(
            request: Request, caller: ConsoleCaller, body: ActionRequest
        ) -> ExperimentMessage:
            now_s = desk.now_s
            return await desk.change(
                request, caller, body, lambda experiment: decide(experiment, now_s)
            )

        return act

    async def copy(request: Request, caller: ConsoleCaller, body: CopyRequest) -> ExperimentMessage:
        start_s = body.start_time_sec
        made = await desk.definitions.create(
            EXPERIMENT_KIND,
            body.name,
            actions.copied(
                desk.get(request.params["id"]).body,
                desk.now_s,
                start_s=None if start_s is None else int64(start_s, "start_time_sec"),
            ),
            author=author_of(caller, body.note),
        )
        return await desk.message(made)

    def route(verb: str, handle: Any, request_type: type[Any], summary: str, told: str) -> Any:
        return Route(
            method="POST",
            path=f"{PATH}/{{id}}/{verb}",
            auth=console_may(Entity.EXPERIMENT, Action.WRITE),
            handler=handle,
            request_type=request_type,
            response_type=ExperimentMessage,
            operation=f"console_{verb}_experiment",
            summary=summary,
            description=told,
            tag=TAG,
        )

    simple: list[tuple[str, Decision, str, str]] = [
        (
            "launch",
            lambda body, _: actions.launched(body),
            "Launch an experiment",
            (
                "Its phases come, each at its time; one whose start is over begins now. Refused, "
                "with all reasons, where a phase would be over already, or there is none."
            ),
        ),
        (
            "end",
            actions.ended,
            "End an experiment now",
            "The running phase ends, and those that were still to come do not come.",
        ),
        (
            "archive",
            lambda body, _: actions.archived(body),
            "Archive an experiment that is a draft, or over",
            "It uses nothing any more: what it used can be deleted, and it can be, too.",
        ),
        (
            "unarchive",
            lambda body, _: actions.unarchived(body),
            "Take an experiment out of the archive",
            "Refused where something that it uses is gone.",
        ),
    ]
    return [
        *(
            route(verb, handler(decide), ActionRequest, summary, told)
            for verb, decide, summary, told in simple
        ),
        route(
            "copy",
            copy,
            CopyRequest,
            "Copy an experiment, as a draft",
            "Its phases keep their distances, and everything but what has happened to them.",
        ),
    ]
