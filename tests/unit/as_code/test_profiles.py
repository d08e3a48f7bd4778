"""Servers by their names, and keys that nobody is shown."""

from pathlib import Path

import pytest

from matsuri.as_code.profiles import NoProfile, Place, find_server

OURS = """
other = 1

[servers.staging]
url = "https://staging.example.com/"
key_env = "STAGING_KEY"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "matsuri.toml").write_text(OURS)
    (tmp_path / "home" / "matsuri").mkdir(parents=True)
    (tmp_path / "home" / "matsuri" / "servers.toml").write_text(
        '[servers.staging]\nurl = "http://wrong"\n[servers.mine]\nurl = "http://127.0.0.1:7450"\n'
    )
    return tmp_path


def find(folder: Path, named: str, **variables: str) -> Place:
    variables["XDG_CONFIG_HOME"] = str(folder / "home")
    return find_server(named, variables=variables, folder=folder)


def test_a_name_is_looked_up_in_the_folder_and_then_in_the_users_own(folder: Path) -> None:
    staging = find(folder, "staging", STAGING_KEY="secret")
    assert (staging.url, staging.key) == ("https://staging.example.com", "secret")
    assert find(folder, "mine", MATSURI_SERVER_KEY="other").url == "http://127.0.0.1:7450"
    assert find(folder, "http://there/", MATSURI_SERVER_KEY="third").url == "http://there"


def test_a_key_is_not_shown(folder: Path) -> None:
    assert "secret" not in repr(find(folder, "staging", STAGING_KEY="secret"))


@pytest.mark.parametrize(
    ("text", "named", "problem"),
    [
        (OURS, "staging", "set STAGING_KEY"),
        (OURS, "nowhere", "there is no server 'nowhere'"),
        ('[servers.a]\nurl = "http://a"\nkey = "secret"', "a", "keys stand in variables"),
        ('[servers.a]\nkey_env = "A"', "a", "missing required field `url`"),
        ("servers = 5", "a", "Expected `object`"),
        ("[", "a", "cannot be read"),
        ("", "https://me:secret@there", "has a password"),
    ],
)
def test_what_cannot_be_found_is_told_without_a_secret(
    folder: Path, text: str, named: str, problem: str
) -> None:
    (folder / "matsuri.toml").write_text(text)
    with pytest.raises(NoProfile, match=problem) as found:
        find(folder, named)
    assert ":secret@" not in str(found.value)
    assert '"secret"' not in str(found.value)
