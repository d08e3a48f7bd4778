"""The ``matsuri`` command."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable
from typing import Any, NoReturn

import click
import msgspec
import structlog

from matsuri import __version__
from matsuri.adapters.telemetry import set_up_logging
from matsuri.app import run_api
from matsuri.as_code.commands import COMMANDS as AS_CODE
from matsuri.codegen.commands import codegen
from matsuri.config import (
    LogFormat,
    LogLevel,
    Role,
    Settings,
    SettingsError,
    load_settings,
    settings_warnings,
)
from matsuri.data_folder import check_migrated, migrate_all, own_data_folder
from matsuri.demo.commands import demo
from matsuri.doctor import diagnose
from matsuri.erase_commands import erase, verify
from matsuri.errors import MatsuriError
from matsuri.identities.rebuild import RebuildProgress
from matsuri.rebuild_profiles import rebuild_profiles
from matsuri.transfer.commands import export_group, import_group
from matsuri.worker import run_worker

logger = structlog.get_logger(__name__)

_FAILED = 1
_WRONG_SETTINGS = 2

Command = Callable[..., None]


def _common(command: Command) -> Command:
    for option in (
        click.option("--config", type=click.Path(dir_okay=False), help="TOML file with settings."),
        click.option("--data-dir", help="Folder for everything the server keeps.  [data]"),
    ):
        command = option(command)
    return command


def _settings(flags: dict[str, Any]) -> Settings:
    try:
        return load_settings(environment=os.environ, flags=flags)
    except SettingsError as error:
        _fail(error)


def _fail(error: Exception) -> NoReturn:
    click.echo(f"matsuri: {error}", err=True)
    sys.exit(_WRONG_SETTINGS if isinstance(error, SettingsError) else _FAILED)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """Matsuri, an open LiveOps server for games that speaks the Satori API.

    Settings come from flags, MATSURI_* environment variables and a TOML file, in this order;
    docs/reference/configuration.md lists them all.
    """


@main.command()
@_common
@click.option("--host", help="Address to listen on.  [127.0.0.1]")
@click.option("--port", type=int, help="Port of the API; 0 takes a free one.  [7450]")
@click.option("--metrics-port", type=int, help="Port of Prometheus /metrics; -1 for none.  [7453]")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    help="API and worker together, or only one of them.  [all]",
)
@click.option(
    "--accept-undeclared/--declared-only",
    default=None,
    help="Accept events and properties that no taxonomy declares (development).",
)
@click.option("--log-level", type=click.Choice([level.value for level in LogLevel]))
@click.option("--log-format", type=click.Choice([form.value for form in LogFormat]))
@click.option("--log-requests/--no-log-requests", default=None, help="Log every request.")
def serve(**flags: Any) -> None:
    """Run the server.

    On the first start it makes the data folder, an API key, a server key, a signing key and an
    administrator, and prints them once. SIGTERM or Ctrl-C finishes the requests under way,
    flushes the event log and ends with 0.
    """
    settings = _settings(flags)
    set_up_logging(level=settings.log_level, log_format=settings.log_format)
    for warning in settings_warnings(settings, environment=os.environ):
        logger.warning(warning)
    try:
        if settings.role is Role.WORKER:
            check_migrated(settings)
            run_worker(settings)
        else:
            with own_data_folder(settings):
                migrate_all(settings)
                run_api(settings)
    except (SettingsError, MatsuriError, OSError) as error:
        _fail(error)


@main.command()
@_common
def migrate(**flags: Any) -> None:
    """Bring the databases to the shape that this version needs (serve does so too)."""
    try:
        settings = _settings(flags)
        with own_data_folder(settings):
            done = migrate_all(settings)
    except (SettingsError, MatsuriError, OSError) as error:
        _fail(error)
    for name, before, after in done:
        change = "is up to date" if before == after else f"migrated from {before or 'nothing'}"
        click.echo(f"{name.value}: {change} at {after}")


@main.command()
@_common
def doctor(**flags: Any) -> None:
    """Check the settings, the data folder, the databases and the log, and say what is wrong.

    Changes nothing, and can run beside the server. Ends with 1 if something needs a person.
    """
    settings = _settings(flags)
    findings = diagnose(settings, environment=os.environ)
    for finding in findings:
        click.echo(f"{finding.level.value:<8} {finding.text}")
    if any(finding.is_problem for finding in findings):
        sys.exit(_FAILED)


main.add_command(erase)
main.add_command(verify)


@main.group()
def rebuild() -> None:
    """Compute again what can be computed from history."""


@rebuild.command("profiles")
@_common
@click.option("--dry-run", is_flag=True, help="Only say how many profiles differ.")
def rebuild_profiles_command(*, dry_run: bool, **flags: Any) -> None:
    """Compute the computed properties of every player again, from the analytics store's history.

    A running server does it beside its work, and players see the new values all at once at the
    end; without one it is done here. Ends with 1 if history is not complete.
    """
    settings = _settings(flags)
    try:
        done = asyncio.run(_rebuild(settings, apply=not dry_run))
    except (SettingsError, MatsuriError, OSError) as error:
        _fail(error)
    stored = "none was changed" if dry_run else f"{done.swapped} were changed"
    click.echo(f"{done.checked} profiles computed, {done.different} differed, {stored}")


async def _rebuild(settings: Settings, *, apply: bool) -> RebuildProgress:
    last = RebuildProgress()
    async with contextlib.aclosing(rebuild_profiles(settings, apply=apply)) as told:
        async for last in told:
            if sys.stderr.isatty():
                click.echo(f"\r{last.checked} profiles computed", nl=False, err=True)
    if sys.stderr.isatty():
        click.echo(err=True)
    return last


main.add_command(import_group)
main.add_command(export_group)
main.add_command(codegen)
main.add_command(demo)
for _command in AS_CODE:
    main.add_command(_command)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def version(*, as_json: bool) -> None:
    """Print the version."""
    if as_json:
        python = ".".join(str(part) for part in sys.version_info[:3])
        click.echo(msgspec.json.encode({"matsuri": __version__, "python": python}).decode())
    else:
        click.echo(f"matsuri {__version__}")
