"""Identities as rows, with the rules for their properties applied, within a transaction."""

from collections.abc import Callable, Mapping

import msgspec
from sqlalchemy.engine import Connection

from matsuri.events.taxonomy import Taxonomy
from matsuri.identities import store
from matsuri.identities.model import Identity
from matsuri.identities.properties import (
    GEO_PROPERTIES,
    Place,
    PropertyLimits,
    first_default_properties,
    merge_custom,
    merge_default,
)


class IdentityRows:
    """Creates and changes identities, by the taxonomy as it is at that moment."""

    def __init__(self, *, taxonomy: Callable[[], Taxonomy], limits: PropertyLimits) -> None:
        self._taxonomy = taxonomy
        self._limits = limits

    def create(
        self,
        connection: Connection,
        identity_id: str,
        default: Mapping[str, str],
        custom: Mapping[str, str],
        *,
        api_key: str,
        place: Place,
        now_us: int,
        sample_id: str = "",
    ) -> Identity:
        """A new identity with what the server derives and what is given.

        ``sample_id`` is the place of the guest that it goes on from, empty if there is none.
        Raises ``InvalidArgument`` for a bad property.
        """
        taxonomy = self._taxonomy()
        first = first_default_properties(api_key=api_key, place=place, created_us=now_us)
        return store.add_identity(
            connection,
            identity_id=identity_id,
            created_us=now_us,
            default_properties=merge_default(
                first, default, taxonomy=taxonomy, limits=self._limits
            ),
            custom_properties=merge_custom({}, custom, taxonomy=taxonomy, limits=self._limits),
            sample_id=sample_id,
        )

    def update(
        self,
        connection: Connection,
        identity: Identity,
        default: Mapping[str, str],
        custom: Mapping[str, str],
        *,
        place: Place,
        now_us: int,
        save: bool = False,
    ) -> Identity:
        """``identity`` with the given properties laid over its own, stored if that changed it.

        ``save`` stores it in any case. Raises ``InvalidArgument`` for a bad property.
        """
        taxonomy = self._taxonomy()
        stored = identity.default_properties
        if not any(stored.get(name) for name in GEO_PROPERTIES):
            # Where the player signed up is only now known.
            stored = {**stored, **{k: v for k, v in place.properties().items() if v}}
        updated = msgspec.structs.replace(
            identity,
            updated_us=now_us,
            default_properties=merge_default(
                stored, default, taxonomy=taxonomy, limits=self._limits
            ),
            custom_properties=merge_custom(
                identity.custom_properties, custom, taxonomy=taxonomy, limits=self._limits
            ),
        )
        if (
            save
            or updated.default_properties != identity.default_properties
            or updated.custom_properties != identity.custom_properties
        ):
            store.save_properties(connection, updated)
            return updated
        return identity
