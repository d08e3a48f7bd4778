"""The wiring of the API process."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from matsuri import __version__
from matsuri.adapters.analytics_remote import RemoteAnalytics
from matsuri.adapters.database import Database, SqliteDatabase
from matsuri.adapters.database_point_reads import SqlitePointReads
from matsuri.adapters.geo import GeoFile, NoPlaces
from matsuri.adapters.log_file import FileLogReader, FileLogWriter
from matsuri.adapters.process_calls import CallClient
from matsuri.adapters.telemetry import Metrics
from matsuri.audiences.entries import EntriesFollow, ExportEntries
from matsuri.audiences.member_store import load_progress as load_membership_progress
from matsuri.audiences.membership_calls import MembershipKeeper, MembershipNews, RemoteKeeper
from matsuri.audiences.stored_members import ExportMemberships
from matsuri.bootstrap.audit import Audit, open_audit
from matsuri.bootstrap.inspection import open_inspection
from matsuri.bootstrap.kinds import definition_kinds
from matsuri.bootstrap.limits import event_limits, key_limits, schema_limits
from matsuri.bootstrap.people import open_people
from matsuri.bootstrap.planning import open_planning
from matsuri.bootstrap.publishing import approvals_of, open_publishing
from matsuri.bootstrap.routes import api_routes
from matsuri.bootstrap.single_sign_on import web_client
from matsuri.bootstrap.status import ServerStatus, setting_messages
from matsuri.bootstrap.targeting import Targeting, open_targeting
from matsuri.config import Settings, SettingsError
from matsuri.console.audit import ExportAudit
from matsuri.console.audit_revisions import RevisionNotes
from matsuri.console.first_start import FirstStart, open_secrets
from matsuri.console.key_desk import KeyDesk
from matsuri.console.key_rules import kinds_with_setting
from matsuri.console.key_uses import KeyUses
from matsuri.console.keys import Keyring
from matsuri.console.passwords import Passwords
from matsuri.data_folder import prepare_data_folder
from matsuri.definitions.service import Definitions
from matsuri.definitions.snapshot import Snapshot
from matsuri.enrolments.export_enrolments import ExportEnrolments
from matsuri.enrolments.follow import EnrolmentsFollow
from matsuri.events.analytics import AnalyticsExporter
from matsuri.events.ingestion import IngestionWatch
from matsuri.events.kinds import compile_taxonomy
from matsuri.events.pipeline import PIPELINE
from matsuri.events.service import Events, RejectedLimits
from matsuri.events.store import analytics_outbox_rows, load_progress
from matsuri.events.taxonomy import Taxonomy
from matsuri.identities import console_api as identities_console_api
from matsuri.identities.directory import IdentityDirectory
from matsuri.identities.erasures import ControlFile, Erasures, ReceiptSigner
from matsuri.identities.export_player import PlayerExport
from matsuri.identities.followers import IdentityFollower
from matsuri.identities.import_identities import IdentityImport
from matsuri.identities.mark_changes import MarkChanges
from matsuri.identities.outbox import Outbox
from matsuri.identities.player_store import list_aliases
from matsuri.identities.players import Players
from matsuri.identities.properties import Locator, PropertyLimits
from matsuri.identities.rows import IdentityRows
from matsuri.identities.service import Identities
from matsuri.identities.sessions import Sessions
from matsuri.identities.test_devices import DeviceClocks, DeviceLimits
from matsuri.identities.tokens import TokenSigner
from matsuri.kit.clock import MICROSECONDS, Clock
from matsuri.migrations.run import DatabaseName, head_revision
from matsuri.migrations.run import current_revision as revision_of
from matsuri.publishing.publish import Publisher
from matsuri.web.application import Application, RequestLimits
from matsuri.web.client_address import parse_networks
from matsuri.web.console_site import BUILT_CONSOLE, ConsoleSite
from matsuri.web.routes import Route

logger = structlog.get_logger(__name__)


@dataclass
class ApiNode:
    """What a process that answers requests consists of."""

    application: Application
    keyring: Keyring
    key_uses: KeyUses
    sessions: Sessions
    definitions: Definitions
    snapshot: Snapshot
    targeting: Targeting
    publisher: Publisher
    taxonomy: Callable[[], Taxonomy]
    identities: Identities
    erasures: Erasures
    events: Events
    outbox: Outbox
    routes: list[Route[Any, Any]]
    log: FileLogWriter
    log_reader: FileLogReader
    control: Database
    history: Database
    analytics: AnalyticsExporter
    membership_news: MembershipNews
    metrics: Metrics
    first_start: FirstStart
    status: ServerStatus
    audit: Audit

    async def refresh(self) -> None:
        """Bring in what changed elsewhere: keys, definitions, progress; tidy what is over."""
        await self.keyring.refresh()
        await self.key_uses.write_if_due()
        await self.snapshot.refresh()
        await self.sessions.forget_expired()
        await self.targeting.refresh()
        await self.targeting.audience_services.lists.keep_tidy()
        await self.targeting.audience_services.imports.keep_tidy()
        await self.targeting.enrolments.keep_tidy()
        await self.targeting.flag_reads.write_if_due()
        await self.audit.keep_tidy()
        await self.publisher.publish_due()
        progress = await self.history.read(lambda c: load_progress(c, PIPELINE))
        end = await self.log_reader.end()
        self.metrics.log_end.set(end)
        self.metrics.pipeline_position.set(progress.position)
        self.metrics.pipeline_lag_bytes.set(max(0, end - progress.position))
        self.metrics.pipeline_applied.set(progress.events_applied)
        self.metrics.pipeline_duplicates.set(progress.events_duplicate)
        self.metrics.pipeline_dead_letters.set(progress.dead_letters)
        waiting = await self.history.read(analytics_outbox_rows)
        self.metrics.analytics_waiting.set(waiting)
        memberships = await self.history.read(load_membership_progress)
        self.metrics.memberships_waiting.set(memberships.waiting)
        self.metrics.memberships_evaluated.set(memberships.evaluated)
        self.metrics.membership_pass_seconds.set(memberships.pass_us / MICROSECONDS)
        self.metrics.membership_pass_time.set(memberships.passed_us / MICROSECONDS)
        self.status.progressed(
            progress, log_end=end, analytics_waiting=waiting, memberships=memberships
        )


def open_locator(settings: Settings) -> Locator:
    """Places by address, or nowhere, which is said once."""
    if not settings.geo_database:
        logger.warning(
            "no geo file: countryCode, region and city of players stay empty",
            setting="geo_database",
        )
        return NoPlaces()
    try:
        return GeoFile(Path(settings.geo_database))
    except (OSError, ValueError) as error:
        raise SettingsError(f"geo_database: {error}") from error


@contextlib.asynccontextmanager
async def open_api(
    settings: Settings,
    *,
    clock: Clock,
    metrics: Metrics | None = None,
    on_append: Callable[[int], None] | None = None,
    passwords: Passwords | None = None,
    analytics: AnalyticsExporter | None = None,
    memberships: MembershipKeeper | None = None,
    console: Path = BUILT_CONSOLE,
) -> AsyncIterator[ApiNode]:
    """Everything that answers requests; on leaving, what was begun is finished and flushed.

    ``analytics`` and ``memberships`` take the place of the worker's, where both are in one process.
    ``console`` is the folder of the built web console, if there is one.
    """
    paths = prepare_data_folder(settings)
    passwords = passwords or Passwords()
    metrics = metrics or Metrics()
    locator = open_locator(settings)
    async with contextlib.AsyncExitStack() as stack:
        log = FileLogWriter(
            paths.log,
            clock=clock,
            segment_bytes_max=settings.log_segment_bytes_max,
            segment_seconds_max=settings.log_segment_seconds_max,
            pending_bytes_max=settings.log_pending_bytes_max,
            on_commit=on_append,
        )
        stack.push_async_callback(log.close)
        if log.recovered is not None:
            logger.warning(
                "the end of the event log was incomplete and was cut off",
                position=log.recovered.position,
                bytes=log.recovered.bytes,
                kept_in=str(log.recovered.file),
            )
        control = SqliteDatabase(paths.control)
        stack.push_async_callback(control.close)
        history = SqliteDatabase(paths.history, read_only=True)
        stack.push_async_callback(history.close)
        calls = CallClient(paths.worker_socket)
        stack.push_async_callback(calls.close)
        analytics = analytics or RemoteAnalytics(
            calls, seconds_max=settings.analytics_query_seconds_max
        )
        membership_news = MembershipNews(memberships or RemoteKeeper(calls))
        stack.push_async_callback(membership_news.close)
        first = await open_secrets(settings, control=control, clock=clock, passwords=passwords)
        key_uses = KeyUses(
            database=control, clock=clock, write_seconds=settings.key_uses_write_seconds
        )
        stack.push_async_callback(key_uses.close)
        keyring = Keyring(database=control, clock=clock, uses=key_uses)
        await keyring.refresh()
        session_points = SqlitePointReads(paths.control)
        stack.callback(session_points.close)
        sessions = Sessions(
            database=control,
            points=session_points,
            signer=TokenSigner(first.signing_key),
            clock=clock,
            api_keys=keyring,
            session_token_seconds=settings.session_token_seconds,
            refresh_token_seconds=settings.refresh_token_seconds,
        )
        snapshot = Snapshot(database=control, kinds=definition_kinds(settings))
        taxonomy = snapshot.view(
            partial(compile_taxonomy, accept_undeclared=settings.accept_undeclared)
        )
        definitions = Definitions(
            database=control,
            clock=clock,
            snapshot=snapshot,
            definitions_max=settings.definitions_max,
            protection=approvals_of(settings),
            trail=RevisionNotes(),
        )
        outbox = Outbox(database=control, log=log)
        await outbox.start()
        stack.push_async_callback(outbox.close)
        targeting = await stack.enter_async_context(
            open_targeting(
                settings,
                control=control,
                history=history,
                outbox=outbox,
                snapshot=snapshot,
                definitions=definitions,
                membership_news=membership_news,
                analytics=analytics,
                taxonomy=taxonomy,
                signing_key=first.signing_key,
                clock=clock,
            )
        )
        await snapshot.refresh()
        audit = await stack.enter_async_context(open_audit(settings, control=control, clock=clock))
        marks = MarkChanges(audit.log)
        followers: list[IdentityFollower] = [EntriesFollow(), EnrolmentsFollow(), audit.log]
        rows = IdentityRows(
            taxonomy=taxonomy,
            limits=PropertyLimits(
                property_value_chars_max=settings.property_value_chars_max,
                properties_max=settings.properties_max,
            ),
        )
        identities = Identities(
            control=control,
            history=history,
            sessions=sessions,
            outbox=outbox,
            locator=locator,
            clock=clock,
            rows=rows,
            marks=marks,
            followers=followers,
            news=membership_news,
        )
        directory = IdentityDirectory(
            database=control, outbox=outbox, locator=locator, clock=clock, rows=rows
        )
        watch = IngestionWatch(metrics, clock=clock)
        events = Events(
            log=log,
            identities=directory,
            clock=clock,
            taxonomy=taxonomy,
            limits=event_limits(settings),
            kept=RejectedLimits(
                rejected_text_chars_max=settings.rejected_text_chars_max,
                rejected_payload_bytes_max=settings.rejected_payload_bytes_max,
            ),
            counts=watch,
        )
        status = ServerStatus(
            watch=watch,
            clock=clock,
            problems=_problems(control, history, log),
            definitions_version=lambda: snapshot.catalog.version,
        )
        erasures = Erasures(
            control=control,
            history=history,
            control_file=ControlFile(paths.control, settings.erasure_vacuum_bytes_max),
            outbox=outbox,
            log=log,
            clock=clock,
            signer=ReceiptSigner(first.receipt_key, __version__),
            followers=followers,
            audit=audit.log,
        )
        planning = await stack.enter_async_context(open_planning(settings, targeting, analytics))
        publishing = open_publishing(
            settings,
            control=control,
            definitions=definitions,
            audit=audit.log,
            planning=planning,
            targeting=targeting,
            clock=clock,
        )
        routes = api_routes(
            identities=identities,
            sessions=sessions,
            erasures=erasures,
            events=events,
            people=open_people(
                settings,
                control=control,
                clock=clock,
                passwords=passwords,
                web=await stack.enter_async_context(web_client(settings)),
            ),
            keyring=keyring,
            keys=KeyDesk(
                database=control,
                clock=clock,
                keyring=keyring,
                uses=key_uses,
                kinds_with_setting=kinds_with_setting(settings),
                limits=key_limits(settings),
            ),
            audit=audit.log,
            devices=DeviceClocks(
                database=control,
                marks=marks,
                remove_places=targeting.enrolments.remove_test_places,
                outbox=outbox,
                news=membership_news,
                clock=clock,
                limits=DeviceLimits(
                    offset_seconds_max=settings.test_device_offset_seconds_max,
                    devices_max=settings.test_devices_max,
                ),
            ),
            definitions=definitions,
            taxonomy=taxonomy,
            schema_limits=schema_limits(settings),
            batch_events_max=settings.batch_events_max,
            problems=status.problems,
            status=status.read,
            settings=setting_messages(settings),
            player_services=identities_console_api.PlayerServices(
                players=Players(
                    control=control,
                    history=history,
                    analytics=analytics,
                    identities=identities,
                    audit=audit.log,
                    clock=clock,
                ),
                export=PlayerExport(
                    control=control,
                    history=history,
                    analytics=analytics,
                    clock=clock,
                    sections=[
                        ExportEntries(entries=targeting.entries, definitions=definitions),
                        ExportMemberships(history=history, definitions=definitions),
                        ExportEnrolments(database=control, catalog=lambda: snapshot.catalog),
                        ExportAudit(database=control, aliases_of=_aliases_in(control)),
                    ],
                ),
                imports=IdentityImport(
                    database=control,
                    outbox=outbox,
                    rows=rows,
                    clock=clock,
                    identities_max=settings.import_identities_max,
                    news=membership_news,
                ),
            ),
            analytics=analytics,
            clock=clock,
            targeting=targeting,
            planning=planning,
            publishing=publishing,
            inspection=await stack.enter_async_context(
                open_inspection(
                    settings,
                    history=history,
                    log=log,
                    identities=directory,
                    analytics=analytics,
                    taxonomy=taxonomy,
                    clock=clock,
                )
            ),
        )
        yield ApiNode(
            application=_application(
                settings,
                routes,
                metrics,
                audit,
                site=ConsoleSite(console, base_path=settings.base_path),
            ),
            keyring=keyring,
            key_uses=key_uses,
            sessions=sessions,
            definitions=definitions,
            snapshot=snapshot,
            targeting=targeting,
            publisher=publishing.publisher,
            taxonomy=taxonomy,
            identities=identities,
            erasures=erasures,
            events=events,
            outbox=outbox,
            routes=routes,
            log=log,
            log_reader=FileLogReader(paths.log),
            control=control,
            history=history,
            analytics=analytics,
            membership_news=membership_news,
            metrics=metrics,
            first_start=first,
            status=status,
            audit=audit,
        )


def _application(
    settings: Settings,
    routes: list[Route[Any, Any]],
    metrics: Metrics,
    audit: Audit,
    *,
    site: ConsoleSite,
) -> Application:
    return Application(
        routes,
        site=site,
        counts=metrics,
        attempts=audit.attempts,
        trusted_proxies=parse_networks(settings.trusted_proxies),
        base_path=settings.base_path,
        limits=RequestLimits(
            body_bytes_max=settings.body_bytes_max,
            body_seconds_max=settings.body_seconds_max,
            bodies_in_flight_max=settings.bodies_in_flight_max,
            requests_in_flight_max=settings.requests_in_flight_max,
        ),
        log_requests=settings.log_requests,
    )


def _aliases_in(control: Database) -> Callable[[int], Awaitable[list[str]]]:
    """The former ids of the identity of a key."""

    async def aliases_of(identity_key: int) -> list[str]:
        found = await control.read(lambda c: list_aliases(c, identity_key))
        return [alias.id for alias in found]

    return aliases_of


def _problems(
    control: Database, history: Database, log: FileLogWriter
) -> Callable[[], Awaitable[list[str]]]:
    """Why the server cannot serve right now: one sentence each."""
    needed = {name: head_revision(name) for name in DatabaseName}

    async def problems() -> list[str]:
        found = []
        for name, database in ((DatabaseName.CONTROL, control), (DatabaseName.HISTORY, history)):
            try:
                revision = await database.read(revision_of)
            except Exception as error:  # noqa: BLE001 # whatever it is, the store does not answer
                found.append(f"the {name} database does not answer ({type(error).__name__})")
                continue
            if revision != needed[name]:
                found.append(f"the {name} database needs `matsuri migrate`")
        if not log.healthy:
            found.append(f"the event log takes no records: {log.problem}")
        return found

    return problems
