"""The settings, as the limits that pure rules take."""

from matsuri.config import Settings
from matsuri.console.key_desk import KeyLimits
from matsuri.events.schemas import SchemaLimits
from matsuri.events.validate import EventLimits
from matsuri.experiments.kinds import ExperimentLimits
from matsuri.filters.limits import FilterLimits
from matsuri.flags.kinds import FlagLimits
from matsuri.kit.clock import MICROSECONDS
from matsuri.live_events.kinds import LiveEventLimits
from matsuri.live_events.tell_transitions import TransitionLimits


def event_limits(settings: Settings) -> EventLimits:
    """The limits of one event."""
    return EventLimits(
        value_chars_max=settings.value_chars_max,
        metadata_keys_max=settings.metadata_keys_max,
        metadata_bytes_max=settings.metadata_bytes_max,
        event_future_us_max=settings.event_future_seconds_max * MICROSECONDS,
    )


def schema_limits(settings: Settings) -> SchemaLimits:
    """The limits of a validator's schema."""
    return SchemaLimits(
        bytes_max=settings.schema_bytes_max,
        depth_max=settings.schema_depth_max,
        steps_max=settings.schema_steps_max,
    )


def filter_limits(settings: Settings) -> FilterLimits:
    """The limits of a filter's text."""
    return FilterLimits(
        characters_max=settings.filter_chars_max,
        depth_max=settings.filter_depth_max,
        nodes_max=settings.filter_nodes_max,
    )


def flag_limits(settings: Settings) -> FlagLimits:
    """The limits of a flag."""
    return FlagLimits(
        value_bytes_max=settings.flag_value_bytes_max,
        variants_max=settings.flag_variants_max,
        audiences_max=settings.flag_audiences_max,
        changes_max=settings.flag_changes_max,
    )


def live_event_limits(settings: Settings) -> LiveEventLimits:
    """The limits of a live event."""
    return LiveEventLimits(
        value_bytes_max=settings.live_event_value_bytes_max,
        flags_max=settings.live_event_flags_max,
        variants_max=settings.live_event_variants_max,
        audiences_max=settings.live_event_audiences_max,
        former_schedules_max=settings.live_event_former_schedules_max,
        stops_max=settings.live_event_stops_max,
    )


def experiment_limits(settings: Settings) -> ExperimentLimits:
    """The limits of an experiment."""
    return ExperimentLimits(
        value_bytes_max=settings.experiment_value_bytes_max,
        phases_max=settings.experiment_phases_max,
        variants_max=settings.experiment_variants_max,
        flags_max=settings.experiment_flags_max,
        audiences_max=settings.experiment_audiences_max,
        metrics_max=settings.experiment_metrics_max,
    )


def transition_limits(settings: Settings) -> TransitionLimits:
    """How long starts and ends of runs are kept, and how many."""
    return TransitionLimits(
        keep_us=settings.live_event_transition_seconds_max * MICROSECONDS,
        transitions_max=settings.live_event_transitions_max,
    )


def key_limits(settings: Settings) -> KeyLimits:
    """The limits of API keys and server keys."""
    return KeyLimits(
        keys_max=settings.keys_max,
        grace_seconds=settings.key_grace_seconds,
        grace_seconds_max=settings.key_grace_seconds_max,
    )
