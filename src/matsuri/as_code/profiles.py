"""Servers by name, in a small TOML file; their keys come from the environment."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec

from matsuri.errors import MatsuriError

PROJECT_FILE = "matsuri.toml"
USER_FILE = "matsuri/servers.toml"
KEY_VARIABLE = "MATSURI_SERVER_KEY"


class NoProfile(MatsuriError):
    """A server cannot be told by its name, or its key is not there."""


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A server; ``key_env`` names the variable that has its key."""

    url: str
    key_env: str = KEY_VARIABLE


class ProfileFile(msgspec.Struct, frozen=True):
    """A file with servers, which may say other things as well."""

    servers: dict[str, Profile] = {}


class Place(NamedTuple):
    """Where a server is, and its key, which is nobody's to read."""

    url: str
    key: str

    def __repr__(self) -> str:
        return f"Place({self.url!r})"


def find_server(
    named: str, *, variables: Mapping[str, str], folder: Path, key_env: str = KEY_VARIABLE
) -> Place:
    """The server of that name or address; ``key_env`` has the key of one told by its address.

    Names are looked up in ``matsuri.toml`` in ``folder``, then in the user's own file. Raises
    ``NoProfile``, also where the variable with the key is not set.
    """
    profile = Profile(named, key_env) if "://" in named else _named(named, variables, folder)
    parts = urlsplit(profile.url)
    if parts.username or parts.password:
        raise NoProfile("the address of a server has a password: keys come from the environment")
    key = variables.get(profile.key_env, "")
    if not key:
        raise NoProfile(f"no server key for {profile.url}: set {profile.key_env}")
    return Place(profile.url.rstrip("/"), key)


def _named(name: str, variables: Mapping[str, str], folder: Path) -> Profile:
    paths = [folder / PROJECT_FILE, _user_folder(variables) / USER_FILE]
    for path in paths:
        profile = _read(path).get(name)
        if profile is not None:
            return profile
    looked = " or ".join(str(each) for each in paths)
    raise NoProfile(f"there is no server {name!r} in {looked}")


def _user_folder(variables: Mapping[str, str]) -> Path:
    return Path(variables.get("XDG_CONFIG_HOME") or Path.home() / ".config")


def _read(path: Path) -> Mapping[str, Profile]:
    try:
        told = tomllib.loads(path.read_text("utf-8"))
        return msgspec.convert(told, type=ProfileFile).servers
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise NoProfile(f"{path} cannot be read: {error}") from None
    except msgspec.ValidationError as error:
        hint = "; keys stand in variables, which key_env names" if "`key" in str(error) else ""
        raise NoProfile(f"{path}: {error}{hint}") from None
