"""What the pipeline does with the log, in order."""

from matsuri.audiences.note_touched import NoteTouched
from matsuri.config import Settings
from matsuri.events.deduplicate import Deduplicate
from matsuri.events.keep_rejected import KeepRejected
from matsuri.events.open_rejected import OpenRejected
from matsuri.events.pipeline import Step
from matsuri.events.send_to_analytics import SendToAnalytics
from matsuri.identities.fold_profiles import FoldProfiles
from matsuri.identities.fold_windows import FoldWindows
from matsuri.identities.follow_merges import FollowMerges
from matsuri.identities.mark_devices import MarkDevices
from matsuri.kit.clock import MICROSECONDS


def fold_step(settings: Settings) -> FoldProfiles:
    """The step that makes profiles."""
    return FoldProfiles(
        session_grace_us=settings.session_grace_seconds * MICROSECONDS,
        computed_names_max=settings.computed_names_max,
        cache_entries_max=settings.profile_cache_entries_max,
    )


def pipeline_steps(
    settings: Settings, fold: FoldProfiles, memberships: NoteTouched | None = None
) -> list[Step]:
    """The steps of the pipeline: each sees what the ones before left of a stretch.

    ``memberships`` comes last, where audiences are kept.
    """
    open_rejected = OpenRejected(rows_max=settings.rejected_events_max)
    return [
        MarkDevices(),
        FollowMerges(),
        KeepRejected(open_rejected),
        Deduplicate(open_rejected),
        fold,
        FoldWindows(),
        SendToAnalytics(),
        *([memberships] if memberships else []),
    ]
