"""What a batch of events makes of a profile, its session included. Pure.

The pipeline does this as events come, a rebuild does it again from history: one function, so that
both come to the same.
"""

from matsuri.events.model import EventBatch, Source
from matsuri.identities.computed import fold
from matsuri.identities.join_session import join_session
from matsuri.identities.model import Profile

_PLAYED = frozenset({Source.SESSION, Source.SYSTEM})


def apply_batch(
    profile: Profile, batch: EventBatch, *, session_grace_us: int, computed_names_max: int
) -> tuple[Profile, str]:
    """The profile after ``batch``, and the session that the batch belongs to (empty for none).

    A batch may be applied event by event with the same result.
    """
    session_id = join_session(profile, batch, grace_us=session_grace_us)
    current = profile.session
    alive = batch.source in _PLAYED or current is None or session_id == current.id
    after = fold(
        profile,
        batch.events,
        # A back-end script may speak of any old session; that is no sign of life.
        session_id=session_id if alive else "",
        received_us=batch.received_us,
        computed_names_max=computed_names_max,
    )
    return after, session_id
