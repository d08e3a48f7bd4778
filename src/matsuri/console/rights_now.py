"""What somebody may do now who asked for something to be done later."""

from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.console import key_store, store
from matsuri.console.model import ConsoleCaller, KeyKind
from matsuri.console.user_rules import permissions_of


class RightsNow:
    """Knows users and server keys as they are, whether they call just now or not."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_user(self, user_id: int) -> ConsoleCaller | None:
        """The user as they would call now; ``None`` where they are gone or disabled."""

        def work(connection: Connection) -> ConsoleCaller | None:
            user = store.get_user(connection, user_id)
            if user is None or user.disabled:
                return None
            return ConsoleCaller(
                user.email,
                user.role,
                is_key=False,
                permissions=permissions_of(user),
                user_id=user.id,
            )

        return await self._database.read(work)

    async def of_key(self, name: str) -> ConsoleCaller | None:
        """The server key as it would call now; ``None`` where it is deleted or disabled."""

        def work(connection: Connection) -> ConsoleCaller | None:
            key = key_store.find_key_of_name(connection, KeyKind.SERVER, name)
            if key is None or not key.opens:
                return None
            return ConsoleCaller(
                key.name, None, is_key=True, permissions=key.permissions, holders=key.holders
            )

        return await self._database.read(work)
