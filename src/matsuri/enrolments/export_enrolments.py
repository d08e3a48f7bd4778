"""What a player takes part in, for the player's export."""

from collections.abc import Callable

from matsuri.adapters.database import Database
from matsuri.definitions.model import Catalog
from matsuri.enrolments import store
from matsuri.enrolments.store import Place
from matsuri.identities.model import Identity
from matsuri.kit.timestamps import format_timestamp


class ExportEnrolments:
    """The places of a player: see ``ExportSection``."""

    name = "enrolments"

    def __init__(self, *, database: Database, catalog: Callable[[], Catalog]) -> None:
        self._database = database
        self._catalog = catalog

    async def rows(self, identity: Identity) -> list[dict[str, str]]:
        """See ``ExportSection``."""
        catalog = self._catalog()
        places = await self._database.read(lambda c: store.places_of(c, identity.id))
        return [_row(catalog, place) for place in places.values()]


def _row(catalog: Catalog, place: Place) -> dict[str, str]:
    enrolment = place.enrolment
    subject_id, part = enrolment.part
    definition = catalog.find_by_id(place.kind, subject_id)
    return {
        "kind": place.kind,
        "name": subject_id if definition is None else definition.name,
        "part": part,
        "variant": enrolment.variant,
        "time_zone": enrolment.time_zone,
        "enrol_time": format_timestamp(enrolment.enrolled_us),
        "test": "true" if place.is_test else "",
    }
