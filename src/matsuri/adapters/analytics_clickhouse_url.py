"""Where a ClickHouse server is, as a URL tells it. Pure."""

import re
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from matsuri.config import SettingsError

_PORT = 8123
_SECURE_PORT = 8443
_FORM = "clickhouse://user:password@host:8123/database"
_DATABASE = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,127}", re.ASCII)
_SWITCH = {"1": True, "true": True, "0": False, "false": False}


class ClickHouseAddress(msgspec.Struct, frozen=True):
    """A server, who signs in there, and the database. Shown, it leaves the password out."""

    host: str
    port: int
    user: str
    password: str
    database: str
    secure: bool

    def __repr__(self) -> str:
        scheme = "clickhouses" if self.secure else "clickhouse"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{self.user}@{host}:{self.port}/{self.database}"


def parse_clickhouse_url(url: str) -> ClickHouseAddress:
    """The server of ``clickhouse://user:password@host:8123/database``.

    ``clickhouses://``, or ``?secure=1``, is TLS. User ``default`` without a password, ports 8123
    and 8443 and the database ``default`` are what is taken where the URL has none. Special
    characters of user and password are percent-encoded. Raises ``SettingsError``, which never
    tells the password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise SettingsError(f"the ClickHouse URL is none: it has the form {_FORM}") from None
    if parts.scheme not in {"clickhouse", "clickhouses"}:
        raise SettingsError("the ClickHouse URL begins with clickhouse:// or clickhouses://")
    if not parts.hostname:
        raise SettingsError(f"the ClickHouse URL names no host: it has the form {_FORM}")
    if port == 0:
        raise SettingsError("the ClickHouse URL: port 0 is none")
    if parts.fragment:
        raise SettingsError("the ClickHouse URL: '#' in a password is written %23")
    database = unquote(parts.path.removeprefix("/")) or "default"
    if not _DATABASE.fullmatch(database):
        raise SettingsError(
            "the ClickHouse URL: a database is A-Z a-z 0-9 _ - and begins with a letter or _"
        )
    by_scheme, by_option = parts.scheme == "clickhouses", _secure(parts.query)
    if by_scheme and by_option is False:
        raise SettingsError("the ClickHouse URL: clickhouses:// and secure=0 contradict each other")
    secure = by_scheme or bool(by_option)
    return ClickHouseAddress(
        host=parts.hostname,
        port=port or (_SECURE_PORT if secure else _PORT),
        user=unquote(parts.username or "") or "default",
        password=unquote(parts.password or ""),
        database=database,
        secure=secure,
    )


def _secure(query: str) -> bool | None:
    secure = None
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name != "secure":
            raise SettingsError("the ClickHouse URL: of options, only secure=1 is known")
        if value.lower() not in _SWITCH:
            raise SettingsError("the ClickHouse URL: secure is 1 or 0")
        secure = _SWITCH[value.lower()]
    return secure
