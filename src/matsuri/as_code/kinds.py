"""The kinds of definitions that there are files of, and what of each is said in a file. Pure."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from matsuri.audiences.console_api import AudienceRequest
from matsuri.audiences.model import AUDIENCE_KIND, AudienceDefinition
from matsuri.events.console_api import (
    EventDefinitionRequest,
    LabelRequest,
    PropertyRequest,
    ValidatorRequest,
)
from matsuri.events.taxonomy import (
    EVENT_KIND,
    LABEL_KIND,
    PROPERTY_KIND,
    VALIDATOR_KIND,
    EventDefinition,
    LabelDefinition,
    PropertyDefinition,
    ValidatorDefinition,
)
from matsuri.experiments.console_messages import ExperimentRequest
from matsuri.experiments.console_messages import given_fields as given_experiment
from matsuri.experiments.group_api import ExclusionGroupRequest, HoldoutGroupRequest
from matsuri.experiments.model import (
    EXCLUSION_GROUP_KIND,
    EXPERIMENT_KIND,
    HOLDOUT_GROUP_KIND,
    ExclusionGroup,
    ExperimentDefinition,
    HoldoutGroup,
)
from matsuri.flags.console_messages import FlagDefinitionRequest
from matsuri.flags.console_messages import given_fields as given_flag
from matsuri.flags.model import FLAG_KIND, FlagDefinition
from matsuri.live_events.console_messages import LiveEventRequest
from matsuri.live_events.console_messages import given_fields as given_live_event
from matsuri.live_events.model import LIVE_EVENT_KIND, LiveEventDefinition
from matsuri.web.definitions import DefinitionRequest, ForcibleRequest

Given = Callable[[dict[str, Any]], dict[str, Any]]


class FileKind(NamedTuple):
    """One kind.

    ``given`` makes fields of a body of those of a request. ``state`` are the fields of the body
    that the server notes itself: no file has them. ``lifecycle`` are those that every file has
    that was pulled, and that stay as they are on the server where a file leaves them out.
    """

    name: str
    folder: str
    request_type: type[DefinitionRequest]
    body_type: type[msgspec.Struct]
    given: Given = dict
    state: frozenset[str] = frozenset()
    lifecycle: tuple[str, ...] = ()

    @property
    def is_forcible(self) -> bool:
        """Whether a change of it may have to be forced."""
        return issubclass(self.request_type, ForcibleRequest)


def _given_flag(fields: dict[str, Any]) -> dict[str, Any]:
    # What was still to come when the file was written may be over when it is read.
    return given_flag(fields, now_us=0)


FILE_KINDS: Mapping[str, FileKind] = {
    each.name: each
    for each in (
        FileKind(LABEL_KIND, "labels", LabelRequest, LabelDefinition),
        FileKind(VALIDATOR_KIND, "validators", ValidatorRequest, ValidatorDefinition),
        FileKind(EVENT_KIND, "events", EventDefinitionRequest, EventDefinition),
        FileKind(PROPERTY_KIND, "properties", PropertyRequest, PropertyDefinition),
        FileKind(AUDIENCE_KIND, "audiences", AudienceRequest, AudienceDefinition),
        FileKind(FLAG_KIND, "flags", FlagDefinitionRequest, FlagDefinition, _given_flag),
        FileKind(EXCLUSION_GROUP_KIND, "exclusion-groups", ExclusionGroupRequest, ExclusionGroup),
        FileKind(HOLDOUT_GROUP_KIND, "holdout-groups", HoldoutGroupRequest, HoldoutGroup),
        FileKind(
            EXPERIMENT_KIND,
            "experiments",
            ExperimentRequest,
            ExperimentDefinition,
            given_experiment,
            state=frozenset({"bias_notes"}),
            lifecycle=("launched", "archived"),
        ),
        FileKind(
            LIVE_EVENT_KIND,
            "live-events",
            LiveEventRequest,
            LiveEventDefinition,
            given_live_event,
            state=frozenset(
                {
                    "former_schedules",
                    "run_stops",
                    "pauses",
                    "stopped_time_sec",
                    "launched_time_sec",
                }
            ),
            lifecycle=("draft", "archived"),
        ),
    )
}
"""All kinds by name, what others refer to first."""

KIND_OF_FOLDER: Mapping[str, FileKind] = {each.folder: each for each in FILE_KINDS.values()}

AMENDABLE = ("labels",)
"""What can be changed of a definition that came with the server."""
