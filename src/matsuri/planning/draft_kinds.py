"""The kinds of definitions whose changes can be tried out, and put into change sets: all."""

from collections.abc import Callable, Mapping

from matsuri.audiences.console_api import AudienceRequest
from matsuri.audiences.list_rules import refuse_switch
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
        AUDIENCE_KIND: DraftKind(
            AudienceRequest,
            AudienceDefinition,
            guard=lambda body, fields, is_key: refuse_switch(body, fields, is_key=is_key),
        ),
        EVENT_KIND: DraftKind(EventDefinitionRequest, EventDefinition),
        EXCLUSION_GROUP_KIND: DraftKind(ExclusionGroupRequest, ExclusionGroup),
        EXPERIMENT_KIND: DraftKind(ExperimentRequest, ExperimentDefinition, given_experiment),
        FLAG_KIND: DraftKind(
            FlagDefinitionRequest,
            FlagDefinition,
            lambda fields: given_flag(fields, now_us=now_us()),
            lambda body: settled(body, now_us()),
        ),
        HOLDOUT_GROUP_KIND: DraftKind(HoldoutGroupRequest, HoldoutGroup),
        LABEL_KIND: DraftKind(LabelRequest, LabelDefinition),
        LIVE_EVENT_KIND: DraftKind(LiveEventRequest, LiveEventDefinition, given_live_event),
        PROPERTY_KIND: DraftKind(PropertyRequest, PropertyDefinition),
        VALIDATOR_KIND: DraftKind(ValidatorRequest, ValidatorDefinition),
    }
