"""The kinds of definitions there are, for every process that reads them."""

from typing import Any

from matsuri.audiences.filter_texts import FilterTexts
from matsuri.audiences.kinds import audience_kind
from matsuri.audiences.window_limits import WindowLimits
from matsuri.bootstrap.limits import (
    experiment_limits,
    filter_limits,
    flag_limits,
    live_event_limits,
    schema_limits,
)
from matsuri.config import Settings
from matsuri.definitions.model import Kind
from matsuri.events.kinds import taxonomy_kinds
from matsuri.experiments.kinds import experiment_kinds
from matsuri.flags.kinds import flag_kind
from matsuri.live_events.kinds import live_event_kind


def definition_kinds(settings: Settings) -> list[Kind[Any]]:
    """Every kind of definitions."""
    packs = [pack.value for pack in settings.taxonomy_packs]
    return [
        *taxonomy_kinds(packs=packs, limits=schema_limits(settings)),
        audience_kind(filter_texts(settings)),
        flag_kind(limits=flag_limits(settings)),
        *experiment_kinds(experiment_limits(settings)),
        live_event_kind(live_event_limits(settings)),
    ]


def filter_texts(settings: Settings) -> FilterTexts:
    """What reads the filters of definitions."""
    return FilterTexts(
        filter_limits(settings),
        windows=WindowLimits(settings.event_window_days_max, settings.event_series_max),
        accept_undeclared=settings.accept_undeclared,
    )
