"""Promoting a variant to the values of flags: ``/v1/console/experiment/{id}/promote``."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matsuri.definitions.changes import Update
from matsuri.experiments import actions, phases
from matsuri.experiments.console_messages import ExperimentMessage
from matsuri.experiments.experiment_desk import PATH, TAG, ExperimentDesk
from matsuri.experiments.model import EXPERIMENT_KIND
from matsuri.experiments.phase_messages import WireValue
from matsuri.experiments.promote import AsVariant, flag_updates, promotion, what_follows
from matsuri.kit.clock import MICROSECONDS
from matsuri.web.callers import Action, ConsoleCaller, ConsoleMay, Entity
from matsuri.web.definitions import Note, Version, author_of, version_of
from matsuri.web.routes import Request, Route


class AsVariantRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The variant of the flags that is to have the value, before their other ones."""

    name: Annotated[str, Meta(description="One of that name is taken away; it need not be there.")]
    audiences: Annotated[list[str], Meta(description="Those of the phase, if there are none.")] = []


class PromoteRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which variant of which phase."""

    phase: Annotated[str, Meta(description="Its id or name.")]
    variant: str
    flags: Annotated[list[str] | None, Meta(description="Only these flags; if missing, all.")] = (
        None
    )
    as_variant: Annotated[
        AsVariantRequest | None,
        Meta(description="If missing, the value becomes the flag's own, for everybody."),
    ] = None
    end: Annotated[bool, Meta(description="Whether to end the experiment, too.")] = False
    version: Version | None = None
    note: Note | None = None


class PromotedFlagMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A flag that has the value now, at its new version."""

    id: str
    name: str
    version: str
    value: WireValue


class PromotionMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What was promoted, and what still stands between players and the new values."""

    flags: list[PromotedFlagMessage]
    experiment: ExperimentMessage
    told: Annotated[list[str], Meta(description="What follows, in words.")]


def routes(desk: ExperimentDesk, *, console_may: ConsoleMay) -> list[Route[Any, Any]]:
    """The endpoint."""

    async def promote(
        request: Request, caller: ConsoleCaller, body: PromoteRequest
    ) -> PromotionMessage:
        experiment = desk.get(request.params["id"])
        wanted = body.as_variant
        promoted = promotion(
            experiment,
            phases.found(experiment.body, body.phase),
            body.variant,
            body.flags,
            None if wanted is None else AsVariant(wanted.name, tuple(wanted.audiences)),
        )
        now_us = desk.now_us
        # The experiment's version is looked at in the transaction, even if nothing of it changes:
        # the values are those of the variant as it is.
        seen = version_of(body.version)
        of_experiment = Update(
            EXPERIMENT_KIND,
            experiment.id,
            (lambda each: actions.ended(each, now_us // MICROSECONDS)) if body.end else {},
            version=experiment.version if seen is None else seen,
        )
        changed = await desk.definitions.change_many(
            [of_experiment, *flag_updates(promoted, now_us)], author=author_of(caller, body.note)
        )
        _, *flags = (each for each in changed if each is not None)
        # Of one that goes on, the flags' change may be noted with its results.
        now = desk.get(experiment.id)
        return PromotionMessage(
            flags=[
                PromotedFlagMessage(
                    id=flag.id, name=flag.name, version=str(flag.version), value=given.value
                )
                for flag, given in zip(flags, promoted.values, strict=True)
            ],
            experiment=await desk.message(now),
            told=what_follows(promoted, now, flags, desk.launched(), now_us),
        )

    return [
        Route(
            method="POST",
            path=f"{PATH}/{{id}}/promote",
            # Whoever may write flags may write experiments: that is so for every role.
            auth=console_may(Entity.FLAG, Action.WRITE),
            handler=promote,
            request_type=PromoteRequest,
            response_type=PromotionMessage,
            operation="console_promote_experiment_variant",
            subject="experiment",
            summary="Promote a variant of an experiment to the values of its flags",
            description=(
                "All flags are changed or none, each by a revision of its own. A running "
                "experiment goes on unless it is to `end`: its participants keep their variants."
            ),
            tag=TAG,
        )
    ]
