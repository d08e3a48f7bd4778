"""Phases of experiments in the console API: each call is a change of the experiment."""

from typing import Any

import msgspec

from matsuri.experiments import phases
from matsuri.experiments.actions import copied_phase, ended_phase
from matsuri.experiments.console_messages import ActionRequest, ExperimentMessage
from matsuri.experiments.experiment_desk import PATH, TAG, ExperimentDesk
from matsuri.experiments.model import Phase
from matsuri.experiments.phase_messages import (
    AddPhaseRequest,
    ChangePhaseRequest,
    CopyPhaseRequest,
    changed_phase,
    given_phase,
)
from matsuri.web.callers import Action, ConsoleCaller, ConsoleMay, Entity
from matsuri.web.definitions import DeleteQuery
from matsuri.web.messages import int64
from matsuri.web.routes import Request, Route

_PHASES = f"{PATH}/{{id}}/phase"
_ONE = f"{_PHASES}/{{phase}}"


class _Handlers:
    """One method for each endpoint."""

    def __init__(self, desk: ExperimentDesk) -> None:
        self._desk = desk

    async def add(
        self, request: Request, caller: ConsoleCaller, body: AddPhaseRequest
    ) -> ExperimentMessage:
        made = msgspec.structs.replace(given_phase(body, ""), id="")
        return await self._desk.change(
            request, caller, body, lambda experiment: phases.added(experiment, made)
        )

    async def update(
        self, request: Request, caller: ConsoleCaller, body: ChangePhaseRequest
    ) -> ExperimentMessage:
        ref = request.params["phase"]
        return await self._desk.change(
            request,
            caller,
            body,
            lambda experiment: phases.changed(
                experiment, ref, lambda phase: changed_phase(phase, body)
            ),
            forced=body.force,
        )

    async def delete(
        self, request: Request, caller: ConsoleCaller, query: DeleteQuery
    ) -> ExperimentMessage:
        ref = request.params["phase"]
        return await self._desk.change(
            request, caller, query, lambda experiment: phases.removed(experiment, ref)
        )

    async def copy(
        self, request: Request, caller: ConsoleCaller, body: CopyPhaseRequest
    ) -> ExperimentMessage:
        ref = request.params["phase"]
        start_s = int64(body.start_time_sec, "start_time_sec")
        end_s = None if body.end_time_sec is None else int64(body.end_time_sec, "end_time_sec")
        return await self._desk.change(
            request,
            caller,
            body,
            lambda experiment: phases.added(
                experiment,
                copied_phase(
                    phases.found(experiment, ref), name=body.name, start_s=start_s, end_s=end_s
                ),
            ),
        )

    async def end(
        self, request: Request, caller: ConsoleCaller, body: ActionRequest
    ) -> ExperimentMessage:
        ref, now_s = request.params["phase"], self._desk.now_s
        return await self._desk.change(
            request,
            caller,
            body,
            lambda experiment: phases.changed(
                experiment, ref, lambda phase: ended_phase(phase, experiment, now_s)
            ),
        )

    async def lock(
        self, request: Request, caller: ConsoleCaller, body: ActionRequest
    ) -> ExperimentMessage:
        return await self._locked(request, caller, body, locked=True)

    async def unlock(
        self, request: Request, caller: ConsoleCaller, body: ActionRequest
    ) -> ExperimentMessage:
        return await self._locked(request, caller, body, locked=False)

    async def _locked(
        self, request: Request, caller: ConsoleCaller, body: ActionRequest, *, locked: bool
    ) -> ExperimentMessage:
        ref = request.params["phase"]

        def change(phase: Phase) -> Phase:
            return msgspec.structs.replace(phase, locked=locked)

        return await self._desk.change(
            request, caller, body, lambda experiment: phases.changed(experiment, ref, change)
        )


def routes(desk: ExperimentDesk, *, console_may: ConsoleMay) -> list[Route[Any, Any]]:
    """The endpoints."""
    handle = _Handlers(desk)

    def route(method: str, path: str, handler: Any, verb: str, summary: str, **fields: Any) -> Any:
        return Route(
            method=method,
            path=path,
            # To take a phase away is to change the experiment, not to delete it.
            auth=console_may(Entity.EXPERIMENT, Action.WRITE),
            handler=handler,
            response_type=ExperimentMessage,
            operation=f"console_{verb}_experiment_phase",
            summary=summary,
            tag=TAG,
            **fields,
        )

    return [
        route(
            "POST",
            _PHASES,
            handle.add,
            "add",
            "Add a phase to an experiment",
            request_type=AddPhaseRequest,
        ),
        route(
            "PUT",
            _ONE,
            handle.update,
            "update",
            "Change a phase of an experiment, by its id or name",
            request_type=ChangePhaseRequest,
            description=(
                "Of a running phase these change freely: name, description, end, goal metrics, "
                "participants_max, deadline and lock. Anything else biases it: it needs `force`, "
                "and is noted with the results. A phase that is over stays as it is."
            ),
        ),
        route(
            "DELETE",
            _ONE,
            handle.delete,
            "delete",
            "Take away a phase that has not begun",
            query_type=DeleteQuery,
        ),
        route(
            "POST",
            f"{_ONE}/copy",
            handle.copy,
            "copy",
            "Copy a phase of an experiment to another time",
            request_type=CopyPhaseRequest,
        ),
        *(
            route("POST", f"{_ONE}/{verb}", handler, verb, summary, request_type=ActionRequest)
            for verb, handler, summary in (
                ("end", handle.end, "End a running phase of an experiment now"),
                ("lock", handle.lock, "Admit nobody to a phase of an experiment any more"),
                ("unlock", handle.unlock, "Admit players to a locked phase again"),
            )
        ),
    ]
