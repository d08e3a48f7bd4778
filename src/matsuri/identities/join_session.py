"""Which session does a batch of events belong to? Pure."""

from matsuri.events.model import EventBatch, Source
from matsuri.identities.model import Profile


def join_session(profile: Profile, batch: EventBatch, *, grace_us: int) -> str:
    """The session id of ``batch``, empty where it has none.

    A game server's events for a player have no session of their own; they join the player's most
    recent session if that gave a sign of life at most ``grace_us`` before the batch came.
    """
    if batch.session_id or batch.source is not Source.GAME_SERVER or profile.session is None:
        return batch.session_id
    # What is replayed came long before: it is not of a session that began since.
    if abs(batch.received_us - profile.session.active_us) > grace_us:
        return ""
    return profile.session.id
