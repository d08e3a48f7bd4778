"""Wiring of audiences and flags."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from matsuri.adapters.database import Database
from matsuri.adapters.database_point_reads import SqlitePointReads
from matsuri.audiences import console_api as audiences_api
from matsuri.audiences.console_api import AudienceServices
from matsuri.audiences.entries import AudienceEntries
from matsuri.audiences.kinds import AudienceCompiler
from matsuri.audiences.membership import AudienceSet
from matsuri.audiences.membership_calls import MembershipNews
from matsuri.audiences.stored_members import StoredMembers
from matsuri.bootstrap.audiences import open_audiences
from matsuri.bootstrap.flags import open_flags
from matsuri.bootstrap.limits import filter_limits
from matsuri.config import Settings
from matsuri.data_folder import Paths
from matsuri.definitions.model import Catalog
from matsuri.definitions.service import Author, Definitions
from matsuri.definitions.snapshot import Snapshot
from matsuri.enrolments.service import EnrolmentBook
from matsuri.events.analytics import AnalyticsReader
from matsuri.events.taxonomy import Taxonomy
from matsuri.experiments import client_api as experiments_api
from matsuri.experiments import console_api as experiments_console_api
from matsuri.experiments.console_api import ExperimentServices
from matsuri.experiments.experiment_desk import ExperimentDesk
from matsuri.experiments.model import EXPERIMENT_KIND
from matsuri.experiments.predefined import default_experiments
from matsuri.experiments.source import ExperimentCompiler, ExperimentSet
from matsuri.filters.facts import Windows
from matsuri.flags import client_api as flags_api
from matsuri.flags import console_api as flags_console_api
from matsuri.flags import ofrep_api, stale_api
from matsuri.flags.compile import FlagCompiler
from matsuri.flags.model import FLAG_KIND
from matsuri.flags.predefined import DEFAULT_FLAGS
from matsuri.flags.read_counts import ReadCounts
from matsuri.flags.service import PlayerFlags
from matsuri.identities.outbox import Outbox
from matsuri.identities.read_player import PlayerReader
from matsuri.identities.read_windows import KnownSeries, PlayerWindows
from matsuri.kit.clock import MICROSECONDS, Clock
from matsuri.live_events import client_api as live_events_api
from matsuri.live_events import console_api as live_events_console_api
from matsuri.live_events.console_api import LiveEventServices
from matsuri.live_events.live_event_desk import LiveEventDesk
from matsuri.live_events.source import LiveEventCompiler, LiveEventSet
from matsuri.planning.worlds import World, compile_world
from matsuri.web.callers import Callers
from matsuri.web.routes import Route

_SEEDER = Author("server", "A flag that every server begins with")
_SEEDER_OF_EXPERIMENTS = Author("server", "A sample that every server begins with")


@dataclass(frozen=True)
class Targeting:
    """Everything that says who gets what.

    ``compiled`` makes of another catalog what decides by it; ``all_windows_of`` reads the windows
    of a player for it, also those that nothing asks about now.
    """

    audiences: Callable[[], AudienceSet]
    definitions: Definitions
    players: PlayerReader
    audience_services: AudienceServices
    entries: AudienceEntries
    flags: PlayerFlags
    enrolments: EnrolmentBook
    experiments: Callable[[], ExperimentSet]
    live_events: Callable[[], LiveEventSet]
    history: Database
    flag_reads: ReadCounts
    ofrep: ofrep_api.Ofrep
    known_series: KnownSeries
    all_windows_of: Callable[[int], Awaitable[Windows]]
    compiled: Callable[[Catalog], World]
    snapshot: Snapshot
    clock: Clock

    def world(self) -> World:
        """What decides now."""
        return World(
            self.snapshot.catalog,
            self.flags.rules().flags,
            self.audiences(),
            self.experiments(),
            self.live_events(),
        )

    async def refresh(self) -> None:
        """Bring in which windows are ready; raises ``Unavailable``."""
        if await self.known_series.refresh():
            self.snapshot.recompile()


@contextlib.asynccontextmanager
async def open_targeting(  # noqa: PLR0913 # all that decides who gets what
    settings: Settings,
    *,
    control: Database,
    history: Database,
    outbox: Outbox,
    snapshot: Snapshot,
    definitions: Definitions,
    membership_news: MembershipNews,
    analytics: AnalyticsReader,
    taxonomy: Callable[[], Taxonomy],
    signing_key: str,
    clock: Clock,
) -> AsyncIterator[Targeting]:
    """Audiences and flags, on the definitions of ``snapshot``."""
    paths = Paths(settings.data_path)
    async with contextlib.AsyncExitStack() as stack:
        control_points = SqlitePointReads(paths.control)
        stack.callback(control_points.close)
        history_points = SqlitePointReads(paths.history)
        stack.callback(history_points.close)
        players = PlayerReader(
            history=history,
            control_points=control_points,
            history_points=history_points,
        )
        known_series = KnownSeries(history)
        await known_series.refresh()
        audiences = snapshot.view(
            AudienceCompiler(filter_limits(settings), ready=known_series.ready)
        )
        windows = PlayerWindows(
            history=history,
            known=known_series,
            asked=lambda: audiences().windows,
            points=history_points,
        )
        entries = AudienceEntries(control_points)
        members = StoredMembers(
            control=control,
            history=history,
            definitions=definitions,
            audiences=audiences,
            players=players,
            entries=entries,
            windows_of=windows.windows_of,
            clock=clock,
        )
        audience_services = await stack.enter_async_context(
            open_audiences(
                settings,
                control=control,
                definitions=definitions,
                audiences=audiences,
                known_series=known_series,
                members=members,
                news=membership_news,
                analytics=analytics,
                clock=clock,
            )
        )
        if (
            await definitions.seed(FLAG_KIND, DEFAULT_FLAGS, author=_SEEDER)
            and settings.sample_experiment
        ):
            # On a fresh server only: nothing begins to run on one that was there before.
            await definitions.seed(
                EXPERIMENT_KIND,
                default_experiments(clock.now_us() // MICROSECONDS),
                author=_SEEDER_OF_EXPERIMENTS,
            )
        compiled_flags = snapshot.view(FlagCompiler())
        experiments = snapshot.view(ExperimentCompiler())
        live_events = snapshot.view(LiveEventCompiler())
        enrolments = EnrolmentBook(
            database=control,
            points=control_points,
            outbox=outbox,
            clock=clock,
            full_seconds=settings.enrolments_full_seconds,
        )
        flag_services = await stack.enter_async_context(
            open_flags(
                settings,
                control=control,
                points=(control_points, history_points),
                players=players,
                entries=entries,
                places=enrolments,
                sources=[experiments, live_events],
                windows_of=windows.windows_of,
                compiled=compiled_flags,
                audiences=audiences,
                definitions_version=lambda: snapshot.catalog.version,
                taxonomy=taxonomy,
                signing_key=signing_key,
                clock=clock,
            )
        )
        yield Targeting(
            audiences=audiences,
            definitions=definitions,
            players=players,
            audience_services=audience_services,
            entries=entries,
            flags=flag_services.flags,
            enrolments=enrolments,
            experiments=experiments,
            live_events=live_events,
            history=history,
            flag_reads=flag_services.reads,
            ofrep=flag_services.ofrep,
            known_series=known_series,
            all_windows_of=PlayerWindows(
                history=history, known=known_series, points=history_points
            ).windows_of,
            compiled=partial(
                compile_world, limits=filter_limits(settings), ready=known_series.ready
            ),
            snapshot=snapshot,
            clock=clock,
        )


def targeting_routes(targeting: Targeting, callers: Callers) -> list[Route[Any, Any]]:
    """The endpoints of audiences and flags."""
    return [
        *audiences_api.routes(targeting.audience_services, console_may=callers.console_may),
        *flags_api.routes(targeting.flags, targeting.flag_reads, reader_auth=callers.reader),
        *ofrep_api.routes(
            targeting.ofrep, evaluator_auth=callers.evaluator, reader_auth=callers.reader
        ),
        *experiments_api.routes(targeting.flags, targeting.experiments, player_auth=callers.player),
        *live_events_api.routes(targeting.flags, targeting.live_events, player_auth=callers.player),
        *experiments_console_api.routes(
            ExperimentServices(
                desk=ExperimentDesk(targeting.definitions, targeting.enrolments, targeting.clock),
                members=targeting.audience_services.members,
                book=targeting.enrolments,
                players=targeting.players,
                sights=targeting.flags,
                experiments=targeting.experiments,
                clock=targeting.clock,
            ),
            console_may=callers.console_may,
        ),
        *live_events_console_api.routes(
            LiveEventServices(
                desk=LiveEventDesk(targeting.definitions, targeting.enrolments, targeting.clock),
                book=targeting.enrolments,
                players=targeting.players,
                sights=targeting.flags,
                live_events=targeting.live_events,
                history=targeting.history,
            ),
            console_may=callers.console_may,
        ),
        *flags_console_api.routes(
            targeting.definitions, clock=targeting.clock, console_may=callers.console_may
        ),
        *stale_api.routes(
            targeting.flag_reads,
            targeting.flags.rules,
            clock=targeting.clock,
            console_may=callers.console_may,
        ),
    ]
