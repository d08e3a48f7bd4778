"""Wiring of change sets."""

from typing import Any, NamedTuple

from matsuri.adapters.database import Database
from matsuri.bootstrap.planning import Planning
from matsuri.bootstrap.targeting import Targeting
from matsuri.config import Settings
from matsuri.console.audit import AuditLog
from matsuri.console.rights_now import RightsNow
from matsuri.definitions.history import History
from matsuri.definitions.service import Definitions
from matsuri.kit.clock import Clock
from matsuri.publishing import console_api, review_api, revision_api
from matsuri.publishing.book import Book
from matsuri.publishing.console_api import PublishingServices
from matsuri.publishing.protection import Approvals
from matsuri.publishing.publish import Publisher
from matsuri.publishing.read_changes import DraftReader
from matsuri.publishing.restore import Restore
from matsuri.publishing.review import Reviews
from matsuri.publishing.review_api import ReviewServices
from matsuri.publishing.revision_api import RevisionServices
from matsuri.publishing.service import ChangeSets, SetLimits
from matsuri.web.callers import Callers
from matsuri.web.routes import Route


class Publishing(NamedTuple):
    """Everything that publishes definitions together."""

    services: PublishingServices
    reviewing: ReviewServices
    revisions: RevisionServices

    @property
    def publisher(self) -> Publisher:
        """What publishes."""
        return self.services.publisher


def approvals_of(settings: Settings) -> Approvals:
    """What is not changed without approval."""
    return Approvals(
        kinds=frozenset(each.value for each in settings.approval_entities),
        labels=frozenset(settings.approval_labels),
        needed=settings.approvals_needed,
        keys_exempt=settings.approval_server_keys_exempt,
        rollbacks_exempt=not settings.approval_for_rollback,
    )


def open_publishing(
    settings: Settings,
    *,
    control: Database,
    definitions: Definitions,
    audit: AuditLog,
    planning: Planning,
    targeting: Targeting,
    clock: Clock,
) -> Publishing:
    """The same, on the definitions as they are."""
    reader = DraftReader(planning.impact.draft_kinds)
    reviews = Reviews(
        catalog=lambda: definitions.catalog,
        reader=reader,
        approvals=approvals_of(settings),
        clock=clock,
        definitions_max=settings.definitions_max,
    )
    book = Book(control, audit)
    history = History(control, definitions)
    sets = ChangeSets(
        database=control,
        book=book,
        reviews=reviews,
        clock=clock,
        limits=SetLimits(
            changes_max=settings.change_set_changes_max,
            bytes_max=settings.change_set_bytes_max,
            open_max=settings.change_sets_open_max,
        ),
    )
    return Publishing(
        PublishingServices(
            sets=sets,
            publisher=Publisher(
                database=control,
                book=book,
                reviews=reviews,
                definitions=definitions,
                standing=RightsNow(control),
                clock=clock,
            ),
            reader=reader,
            clock=clock,
        ),
        ReviewServices(
            sets=sets,
            reviews=reviews,
            history=history,
            world=targeting.world,
            compiled=targeting.compiled,
            counting=planning.impact.counting,
            clock=clock,
            overlap_days=settings.change_set_overlap_days,
            entries_max=settings.calendar_entries_max,
        ),
        RevisionServices(
            definitions,
            history,
            Restore(definitions=definitions, history=history, reader=reader),
        ),
    )


def publishing_routes(publishing: Publishing, callers: Callers) -> list[Route[Any, Any]]:
    """The endpoints."""
    return [
        *console_api.routes(publishing.services, console_may=callers.console_may),
        *review_api.routes(publishing.reviewing, console_may=callers.console_may),
        *revision_api.routes(publishing.revisions, console_may=callers.console_may),
    ]
