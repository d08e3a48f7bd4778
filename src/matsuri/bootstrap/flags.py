"""Wiring of flags as games read them."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass

from matsuri.adapters.database import Database
from matsuri.adapters.database_point_reads import PointReads
from matsuri.audiences.entries import AudienceEntries
from matsuri.audiences.membership import AudienceSet
from matsuri.config import Settings
from matsuri.enrolments.service import EnrolmentBook
from matsuri.events.taxonomy import Taxonomy
from matsuri.filters.facts import Windows
from matsuri.flags.change_stream import ChangeStreams, StreamLimits
from matsuri.flags.evaluate import ContextFlags
from matsuri.flags.evaluation import NewestEvaluations
from matsuri.flags.evaluation_context import ContextLimits
from matsuri.flags.model import OverrideSource
from matsuri.flags.ofrep_api import Ofrep, StreamAddress
from matsuri.flags.read_counts import ReadCounts
from matsuri.flags.resolve import FlagSet
from matsuri.flags.service import NewestRules, PlayerFlags, ReadLimits
from matsuri.flags.stream_tokens import StreamTokens
from matsuri.identities.read_player import PlayerReader
from matsuri.kit.clock import Clock


@dataclass(frozen=True)
class FlagServices:
    """What answers games."""

    flags: PlayerFlags
    reads: ReadCounts
    ofrep: Ofrep


@contextlib.asynccontextmanager
async def open_flags(  # noqa: PLR0913 # all that decides what a game gets
    settings: Settings,
    *,
    control: Database,
    points: tuple[PointReads, PointReads],
    players: PlayerReader,
    entries: AudienceEntries,
    places: EnrolmentBook,
    sources: Sequence[Callable[[], OverrideSource]],
    windows_of: Callable[[int], Awaitable[Windows]],
    compiled: Callable[[], FlagSet],
    audiences: Callable[[], AudienceSet],
    definitions_version: Callable[[], int],
    taxonomy: Callable[[], Taxonomy],
    signing_key: str,
    clock: Clock,
) -> AsyncIterator[FlagServices]:
    """Flags as games read them; ``points`` are those of every database that decides."""
    flags = PlayerFlags(
        players=players,
        entries=entries,
        places=places,
        windows_of=windows_of,
        rules=NewestRules(compiled, audiences, sources),
        clock=clock,
        limits=ReadLimits(
            entries_max=settings.flag_cache_entries_max,
            bytes_max=settings.flag_cache_bytes_max,
            full_recheck_seconds=settings.enrolments_full_recheck_seconds,
            default_when_unavailable=settings.flags_default_when_unavailable,
        ),
    )
    reads = ReadCounts(
        database=control,
        flags=compiled,
        clock=clock,
        write_seconds=settings.flag_reads_write_seconds,
    )
    evaluations = NewestEvaluations(compiled, lambda: taxonomy().schemas)
    streams = ChangeStreams(
        flags=flags,
        evaluations=evaluations,
        moved=lambda: (
            *(each.commits() for each in points),
            definitions_version(),
            id(flags.rules()),
            id(evaluations()),
        ),
        definitions_version=definitions_version,
        key_of=players.key_of,
        clock=clock,
        limits=StreamLimits(
            streams_max=settings.flag_streams_max,
            per_player_max=settings.flag_streams_per_player_max,
        ),
    )
    try:
        yield FlagServices(
            flags=flags,
            reads=reads,
            ofrep=Ofrep(
                flags=ContextFlags(
                    flags=flags,
                    key_of=players.key_of,
                    taxonomy=taxonomy,
                    clock=clock,
                    limits=ContextLimits(
                        attributes_max=settings.properties_max,
                        value_chars_max=settings.property_value_chars_max,
                    ),
                ),
                evaluations=evaluations,
                counts=reads,
                streams=streams,
                tokens=StreamTokens(
                    signing_key, period_seconds=settings.flag_stream_address_seconds
                ),
                address=StreamAddress(
                    base_url=settings.public_url,
                    base_path=settings.base_path,
                    inactivity_seconds=settings.flag_stream_inactivity_seconds,
                ),
                clock=clock,
            ),
        )
    finally:
        await streams.close()
        await reads.close()
