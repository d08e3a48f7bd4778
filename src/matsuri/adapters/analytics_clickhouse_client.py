"""Talks to ClickHouse: the client library, its errors, and the bounds on every statement.

The library is optional (extra ``clickhouse``) and is imported when a server is asked for.
Everything here blocks; ``ClickHouseAnalytics`` calls it on threads.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from matsuri.adapters.analytics_clickhouse_url import ClickHouseAddress
from matsuri.config import SettingsError
from matsuri.errors import InvalidArgument
from matsuri.events.analytics import AnalyticsUnavailable

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

_CONNECT_SECONDS_MAX = 5
QUERY_SECONDS_MAX = 30.0
_INSERT_SECONDS_MAX = 50
_GRACE_SECONDS = 10
_MEMORY_BYTES_SORT_MAX = 1024 * 1024 * 1024
_ROWS_MAX = 1_000_000
_TOO_MANY_ROWS = 396


def connect(
    address: ClickHouseAddress, *, query_seconds_max: float = QUERY_SECONDS_MAX
) -> "Client":
    """A client of the server; raises ``SettingsError`` where the library is missing."""
    try:
        import clickhouse_connect  # noqa: PLC0415 # optional: only who uses it has it
    except ImportError:
        raise SettingsError(
            "analytics in ClickHouse need the extra 'clickhouse': pip install 'matsuri[clickhouse]'"
        ) from None
    with errors_told():
        return clickhouse_connect.get_client(
            host=address.host,
            port=address.port,
            username=address.user,
            password=address.password,
            database=address.database,
            secure=address.secure,
            connect_timeout=_CONNECT_SECONDS_MAX,
            # The server gives up before the client does, so that nothing goes on unseen.
            send_receive_timeout=round(
                max(query_seconds_max, _INSERT_SECONDS_MAX) + _GRACE_SECONDS
            ),
            # Questions are asked side by side, which one session forbids.
            autogenerate_session_id=False,
            client_name="matsuri",
        )


class Statements:
    """Runs statements with bound parameters; what fails raises ``AnalyticsUnavailable``.

    A question is answered within ``query_seconds_max``, or fails.
    """

    def __init__(self, client: "Client", *, query_seconds_max: float = QUERY_SECONDS_MAX) -> None:
        self._client = client
        self._query_seconds_max = query_seconds_max

    @property
    def server_version(self) -> str:
        """The version that the server tells."""
        return self._client.server_version or ""

    def rows(
        self, sql: str, parameters: Mapping[str, Any] | None = None, *, bounded: bool = True
    ) -> Sequence[Sequence[Any]]:
        """The rows of an answer; with ``bounded``, too many of them are refused."""
        settings: dict[str, Any] = {
            "max_execution_time": self._query_seconds_max,
            "max_bytes_before_external_sort": _MEMORY_BYTES_SORT_MAX,
        }
        if bounded:
            settings |= {"max_result_rows": _ROWS_MAX, "result_overflow_mode": "throw"}
        with errors_told():
            answer = self._client.query(sql, parameters=dict(parameters or {}), settings=settings)
            return answer.result_rows

    def number(self, sql: str, parameters: Mapping[str, Any] | None = None) -> int:
        """The one number that is the answer."""
        return int(self.rows(sql, parameters)[0][0])

    def insert(
        self,
        table: str,
        columns: Mapping[str, Sequence[Any]],
        types: Mapping[str, str],
        *,
        token: str = "",
    ) -> None:
        """Insert columns; what was inserted under the same ``token`` before is left out."""
        settings: dict[str, Any] = {
            "async_insert": 0,
            "max_execution_time": _INSERT_SECONDS_MAX,
            # Imports of old events touch many months at once.
            "max_partitions_per_insert_block": 0,
        }
        if token:
            settings |= {"insert_deduplicate": 1, "insert_deduplication_token": token}
        with errors_told():
            self._client.insert(
                table,
                list(columns.values()),
                column_names=list(columns),
                column_type_names=[types[name] for name in columns],
                column_oriented=True,
                settings=settings,
            )

    def run(
        self,
        sql: str,
        parameters: Mapping[str, Any] | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        """A statement without an answer."""
        with errors_told():
            self._client.command(
                sql, parameters=dict(parameters or {}), settings=dict(settings or {})
            )

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()


@contextmanager
def errors_told() -> Iterator[None]:
    """Errors of the library as ours.

    Texts of the server can hold players' data, so only its name for the error is told.
    """
    from clickhouse_connect.driver.exceptions import (  # noqa: PLC0415 # optional, see connect
        Error,
        OperationalError,
    )

    try:
        yield
    except Error as error:
        if error.code == _TOO_MANY_ROWS:
            raise InvalidArgument(
                f"the answer has more than {_ROWS_MAX} rows: ask for fewer days or names"
            ) from error
        if error.code:
            what = f"{error.name or 'error'} ({error.code})"
        else:
            what = "no connection" if isinstance(error, OperationalError) else "the client refuses"
        raise AnalyticsUnavailable(f"ClickHouse does not answer: {what}") from error
    except OSError as error:
        raise AnalyticsUnavailable("ClickHouse does not answer: no connection") from error
