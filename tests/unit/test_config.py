"""Settings: where they come from, which win, and what is said of wrong ones."""

from pathlib import Path

import pytest

from matsuri.bootstrap.single_sign_on import admission_rules, provider_rules
from matsuri.config import (
    LogFormat,
    Role,
    SettingsError,
    load_settings,
    redacted,
    setting_docs,
    settings_warnings,
)
from matsuri.console.model import Role as UserRole


def test_flags_win_over_variables_and_variables_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "matsuri.toml"
    file.write_text('port = 1\nhost = "10.0.0.1"\nbody_bytes_max = 5\n')
    settings = load_settings(
        environment={"MATSURI_CONFIG": str(file), "MATSURI_PORT": "2", "MATSURI_HOST": "10.0.0.2"},
        flags={"port": 3, "host": None},
    )
    assert (settings.port, settings.host, settings.body_bytes_max) == (3, "10.0.0.2", 5)


def test_texts_become_what_a_setting_is() -> None:
    settings = load_settings(
        environment={
            "MATSURI_ROLE": "api",
            "MATSURI_LOG_FORMAT": "json",
            "MATSURI_ACCEPT_UNDECLARED": "true",
            "MATSURI_TRUSTED_PROXIES": "10.0.0.0/8, ::1,",
            "MATSURI_PIPELINE_POLL_SECONDS": "0.5",
            "PATH": "/bin",
        }
    )
    assert settings.role is Role.API
    assert settings.log_format is LogFormat.JSON
    assert settings.accept_undeclared
    assert settings.trusted_proxies == ["10.0.0.0/8", "::1"]
    assert settings.pipeline_poll_seconds == 0.5


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"MATSURI_PORT": "http"}, "port"),
        ({"MATSURI_PORT": "70000"}, "port"),
        ({"MATSURI_ROLE": "both"}, "role"),
        ({"MATSURI_TRUSTED_PROXIES": "localhost"}, "trusted_proxies"),
        ({"MATSURI_TAXONOMY_PACKS": "hiro,other"}, "taxonomy_packs"),
        ({"MATSURI_API_KEY": "a:b"}, "api_key"),
        ({"MATSURI_SERVER_KEY": "a b"}, "server_key"),
        ({"MATSURI_API_KEY": "same", "MATSURI_SERVER_KEY": "same"}, "api_key and server_key"),
        ({"MATSURI_BASE_PATH": "liveops"}, "base_path"),
        ({"MATSURI_AUDIT_RETENTION_DAYS": "29"}, "audit_retention_days"),
        ({"MATSURI_ADMIN_EMAIL": "admin"}, "admin_email"),
        ({"MATSURI_SESSION_TOKEN_SECONDS": "0"}, "session_token_seconds"),
        ({"MATSURI_CONFIG": "/nowhere/matsuri.toml"}, "/nowhere/matsuri.toml"),
    ],
)
def test_a_wrong_setting_is_named(variables: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        load_settings(environment=variables)


@pytest.mark.parametrize("text", ["port = ", "no_such_setting = 1", "port = 'x'"])
def test_a_wrong_file(tmp_path: Path, text: str) -> None:
    file = tmp_path / "matsuri.toml"
    file.write_text(text)
    with pytest.raises(SettingsError):
        load_settings(environment={}, flags={"config": str(file)})


def test_what_an_operator_should_know() -> None:
    environment = {
        "MATSURI_SIGNING_KEY": "short",
        "MATSURI_PROT": "1",
        "MATSURI_ACCEPT_UNDECLARED": "1",
    }
    settings = load_settings(environment=environment)
    warnings = settings_warnings(settings, environment=environment)
    assert len(warnings) == 3
    assert not any("short'" in warning for warning in warnings)
    assert settings_warnings(load_settings(environment={}), environment={}) == []


def test_secrets_are_not_shown() -> None:
    settings = load_settings(environment={"MATSURI_API_KEY": "the-key", "MATSURI_PORT": "1"})
    shown = redacted(settings)
    assert shown["api_key"] == "(set)"
    assert shown["server_key"] == ""
    assert shown["port"] == 1
    assert "the-key" not in str(shown)
    secret = {row.name for row in setting_docs() if row.secret}
    assert secret == {
        "admin_password",
        "analytics_url",
        "api_key",
        "oidc_client_secret",
        "server_key",
        "signing_key",
    }


SINGLE_SIGN_ON = {
    "MATSURI_OIDC_ISSUER": "https://id.example.com",
    "MATSURI_OIDC_CLIENT_ID": "matsuri",
    "MATSURI_PUBLIC_URL": "https://liveops.example.com",
}


def test_groups_are_told_as_roles() -> None:
    variables = {"MATSURI_OIDC_ROLES": "a=b=admin, design = game_designer"}
    settings = load_settings(environment={**SINGLE_SIGN_ON, **variables})
    assert admission_rules(settings).roles == (
        ("a=b", UserRole.ADMIN),
        ("design", UserRole.GAME_DESIGNER),
    )
    rules = provider_rules(load_settings(environment={**SINGLE_SIGN_ON, "MATSURI_BASE_PATH": "/x"}))
    assert rules.redirect_uri == "https://liveops.example.com/x/v1/console/oidc/callback"


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"OIDC_ISSUER": "http://id.example.com"}, "oidc_issuer"),
        ({"OIDC_CLIENT_ID": ""}, "oidc_client_id"),
        ({"PUBLIC_URL": ""}, "public_url"),
        ({"OIDC_ROLES": "design=boss"}, "oidc_roles"),
        ({"OIDC_ROLES": "admin"}, "oidc_roles"),
        ({"OIDC_DEFAULT_ROLE": "boss"}, "oidc_default_role"),
        ({"OIDC_CREATE_USERS": "true"}, "oidc_create_users"),
        ({"OIDC_ISSUER": "", "CONSOLE_PASSWORD_SIGN_IN": "false"}, "console_password_sign_in"),
    ],
)
def test_what_single_sign_on_needs(variables: dict[str, str], told: str) -> None:
    given = {f"MATSURI_{name}": value for name, value in variables.items()}
    with pytest.raises(SettingsError, match=told):
        load_settings(environment={**SINGLE_SIGN_ON, **given})
