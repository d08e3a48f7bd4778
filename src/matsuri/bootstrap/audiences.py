"""Wiring of audiences, as the API process has them."""

import contextlib
from collections.abc import AsyncIterator, Callable
from functools import partial

from matsuri.adapters.database import Database, SqliteDatabase
from matsuri.adapters.database_background import BackgroundReads
from matsuri.audiences.console_api import AudienceServices
from matsuri.audiences.list_imports import ImportLimits, ImportNews, ListImports
from matsuri.audiences.list_rules import ListLimits
from matsuri.audiences.lists import AudienceLists
from matsuri.audiences.membership import AudienceSet
from matsuri.audiences.membership_calls import MembershipNews
from matsuri.audiences.model import AUDIENCE_KIND
from matsuri.audiences.predefined import DEFAULT_AUDIENCES
from matsuri.audiences.preview import Preview, PreviewLimits
from matsuri.audiences.preview_windows import PreviewSources
from matsuri.audiences.stored_members import StoredMembers
from matsuri.bootstrap.kinds import filter_texts
from matsuri.config import Settings
from matsuri.data_folder import Paths
from matsuri.definitions.service import Author, Definitions
from matsuri.events.analytics import AnalyticsReader
from matsuri.identities.read_past_windows import PastWindowsReader
from matsuri.identities.read_windows import KnownSeries, PlayerWindows
from matsuri.kit.clock import Clock

_SEEDER = Author("server", "An audience that every server begins with")


@contextlib.asynccontextmanager
async def open_audiences(  # noqa: PLR0913 # all that audiences are made of
    settings: Settings,
    *,
    control: Database,
    definitions: Definitions,
    audiences: Callable[[], AudienceSet],
    members: StoredMembers,
    news: MembershipNews,
    known_series: KnownSeries,
    analytics: AnalyticsReader,
    clock: Clock,
) -> AsyncIterator[AudienceServices]:
    """What can be done with audiences; a server that never had any begins with some.

    ``news`` hears whose places on lists change.
    """
    paths = Paths(settings.data_path)
    await definitions.seed(AUDIENCE_KIND, DEFAULT_AUDIENCES, author=_SEEDER)
    async with contextlib.AsyncExitStack() as stack:
        slow_control = BackgroundReads(SqliteDatabase(paths.control, read_only=True))
        stack.push_async_callback(slow_control.close)
        slow_history = BackgroundReads(SqliteDatabase(paths.history, read_only=True))
        stack.push_async_callback(slow_history.close)
        yield AudienceServices(
            definitions=definitions,
            lists=AudienceLists(
                database=control,
                background=slow_control,
                definitions=definitions,
                clock=clock,
                limits=ListLimits(
                    ids_max=settings.audience_list_ids_max,
                    entries_max=settings.audience_entries_max,
                    changes_seconds_max=settings.audience_changes_seconds_max,
                ),
                on_change=news.changed_ids,
            ),
            imports=ListImports(
                database=control,
                definitions=definitions,
                clock=clock,
                limits=ImportLimits(
                    part_ids_max=settings.audience_list_ids_max,
                    ids_max=settings.audience_import_ids_max,
                    seconds_max=settings.audience_import_seconds_max,
                ),
                news=ImportNews(news.changed_ids, news.changed_for_everybody),
            ),
            preview=Preview(
                control=slow_control,
                history=slow_history,
                audiences=audiences,
                sources=PreviewSources(
                    PlayerWindows(history=slow_history, known=known_series),
                    PastWindowsReader(history=slow_history, analytics=analytics),
                ),
                clock=clock,
                limits=PreviewLimits(
                    settings.preview_players_max,
                    settings.preview_seconds_max,
                    settings.preview_events_max,
                ),
            ),
            members=members,
            texts=filter_texts(settings),
            backfill_percent=partial(_backfill_percent, audiences, known_series),
            clock=clock,
            ids_max=settings.audience_list_ids_max,
        )


def _backfill_percent(
    audiences: Callable[[], AudienceSet], known_series: KnownSeries, name: str
) -> int | None:
    audience = audiences().by_name.get(name)
    if audience is None or not audience.awaited:
        return None
    return known_series.readiness.percent(audience.awaited)
