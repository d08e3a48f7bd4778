"""How the server is, gathered from where it is known."""

from collections.abc import Awaitable, Callable

import msgspec

from matsuri import __version__
from matsuri.audiences.member_store import Progress as MembershipProgress
from matsuri.config import Settings, redacted, setting_docs
from matsuri.console.status_api import (
    IngestionMessage,
    MinuteMessage,
    SettingMessage,
    StatusMessage,
)
from matsuri.events.ingestion import IngestionWatch
from matsuri.events.store import Progress
from matsuri.kit.clock import MICROSECONDS, Clock


class ServerStatus:
    """What the process heard last of its parts."""

    def __init__(
        self,
        *,
        watch: IngestionWatch,
        clock: Clock,
        problems: Callable[[], Awaitable[list[str]]],
        definitions_version: Callable[[], int],
    ) -> None:
        self._watch = watch
        self.problems = problems
        self._definitions_version = definitions_version
        self._started_us = clock.now_us()
        self._progress: Progress | None = None
        self._analytics_waiting = 0
        self._memberships_waiting = 0
        self.worker_running: bool | None = None

    def progressed(
        self,
        progress: Progress,
        *,
        log_end: int,
        analytics_waiting: int,
        memberships: MembershipProgress,
    ) -> None:
        """The pipeline and what follows it have come so far."""
        self._progress = progress
        self._analytics_waiting = analytics_waiting
        self._memberships_waiting = memberships.waiting
        self._watch.progressed(end=log_end, position=progress.position)

    async def read(self) -> StatusMessage:
        """How the server is, for the console."""
        told = self._watch.ingestion()
        progress = self._progress
        return StatusMessage(
            version=__version__,
            start_time_sec=str(self._started_us // MICROSECONDS),
            definitions_version=str(self._definitions_version()),
            problems=await self.problems(),
            ingestion=IngestionMessage(
                minutes=[
                    MinuteMessage(str(each.start_us // MICROSECONDS), each.accepted, each.refused)
                    for each in told.minutes
                ],
                lag_bytes=told.lag_bytes,
                lag_seconds=told.lag_us / MICROSECONDS,
                events_applied=progress.events_applied if progress else 0,
                events_duplicate=progress.events_duplicate if progress else 0,
                dead_letters=progress.dead_letters if progress else 0,
                analytics_waiting=self._analytics_waiting,
                memberships_waiting=self._memberships_waiting,
            ),
            worker_running=msgspec.UNSET if self.worker_running is None else self.worker_running,
        )


def setting_messages(settings: Settings) -> list[SettingMessage]:
    """Every setting as the console shows it: secret ones only say whether they are set."""
    values = redacted(settings)
    return [
        SettingMessage(
            name=row.name,
            variable=row.variable,
            value=values[row.name],
            default="" if row.secret else row.default,
            description=row.text,
            secret=row.secret,
            changed=bool(values[row.name]) if row.secret else values[row.name] != row.default,
        )
        for row in setting_docs()
    ]
