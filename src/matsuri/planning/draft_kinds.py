"""The kinds of definitions whose changes can be tried out: those that decide what players get."""

from collections.abc import Callable, Mapping

from matsuri.audiences.console_api import AudienceRequest
from matsuri.audiences.model import AUDIENCE_KIND, AudienceDefinition
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
from matsuri.flags.compile import settled
from matsuri.flags.console_messages import FlagDefinitionRequest
from matsuri.flags.console_messages import given_fields as given_flag
from matsuri.flags.model import FLAG_KIND, FlagDefinition
from matsuri.live_events.console_messages import LiveEventRequest
from matsuri.live_events.console_messages import given_fields as given_live_event
from matsuri.live_events.model import LIVE_EVENT_KIND, LiveEventDefinition
from matsuri.planning.changes_messages import DraftKind


def draft_kinds(now_us: Callable[[], int]) -> Mapping[str, DraftKind]:
    """Each with what the endpoints of its kind take; by the name of the kind."""
    return {
        AUDIENCE_KIND: DraftKind(AudienceRequest, AudienceDefinition),
        EXCLUSION_GROUP_KIND: DraftKind(ExclusionGroupRequest, ExclusionGroup),
        EXPERIMENT_KIND: DraftKind(ExperimentRequest, ExperimentDefinition, given_experiment),
        FLAG_KIND: DraftKind(
            FlagDefinitionRequest,
            FlagDefinition,
            lambda fields: given_flag(fields, now_us=now_us()),
            lambda body: settled(body, now_us()),
        ),
        HOLDOUT_GROUP_KIND: DraftKind(HoldoutGroupRequest, HoldoutGroup),
        LIVE_EVENT_KIND: DraftKind(LiveEventRequest, LiveEventDefinition, given_live_event),
    }
