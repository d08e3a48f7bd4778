"""The commands ``matsuri pull``, ``diff``, ``plan``, ``apply`` and ``promote``."""

from pathlib import Path

import click
import msgspec

from matsuri.as_code.apply import Publishing, carry_out, confirmed
from matsuri.as_code.changes import Changes
from matsuri.as_code.check_plan import check_plan
from matsuri.as_code.folder import read_folder, write_folder
from matsuri.as_code.gather import Source, from_folder, from_server
from matsuri.as_code.impact_words import impact_words
from matsuri.as_code.kinds import FILE_KINDS
from matsuri.as_code.options import (
    fail,
    folder_option,
    force_option,
    only_option,
    prune_option,
    say,
    server_option,
    the_server,
)
from matsuri.as_code.plan import Plan, decode_plan, encode_plan, planned
from matsuri.as_code.publish import check_unmoved
from matsuri.as_code.server import Server, read_server
from matsuri.as_code.show import change_json, counts, diff_lines, plan_lines
from matsuri.errors import MatsuriError
from matsuri.kit.texts import printable

_DIFFERENT = 1
_TROUBLE = 2
_ERRORS = (MatsuriError, OSError)


@click.command()
@folder_option
@server_option
@click.option("--prune", is_flag=True, help="Also remove files of what is not on the server.")
def pull(folder: Path, server: str, *, prune: bool) -> None:
    """Write all definitions of a server into a folder of YAML files.

    One file for each, in a folder for each kind. Files keep their names, and their comments
    wherever there is a place for them; what says the right thing already is not touched.
    """
    try:
        known = read_folder(folder)
        if known.problems:
            _say_problems([str(each) for each in known.problems])
            raise click.exceptions.Exit(1)
        _, client = the_server(server)
        there = read_server(client)
        written = write_folder(folder, there.said(), known, kinds=there.kinds(), prune=prune)
    except _ERRORS as error:
        fail(error)
    for sign, paths in (("+", written.new), ("~", written.changed), ("-", written.removed)):
        for path in paths:
            say(f"{sign} {path}")
    for path in written.only_here:
        say(f"{path} is only here: --prune removes it", err=True)
    for kind, permission in there.left_out.items():
        told = f"{FILE_KINDS[kind].folder} are left out: the server key lacks {permission}"
        say(told, err=True)
    say(
        f"{len(written.new)} new, {len(written.changed)} changed, {len(written.removed)} removed;"
        f" the server is at version {there.version}"
    )


@click.command()
@folder_option
@server_option
@only_option
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def diff(folder: Path, server: str, only: tuple[str, ...], *, as_json: bool) -> None:
    """Show how a folder differs from a server.

    Lines with a minus are the server's, lines with a plus the folder's. What is only on the server
    counts as different. Ends as `diff` does: with 0 if nothing differs, 1 if something does, 2 if
    it could not be told.
    """
    try:
        source = _sound(from_folder(folder), _TROUBLE)
        place, client = the_server(server)
        there = read_server(client)
        plan, found = planned(source.wanted, there, url=place.url, prune=True, only=only)
    except _ERRORS as error:
        fail(error, _TROUBLE)
    _stop_if_wrong(source, found, _TROUBLE)
    _say_over(found)
    if as_json:
        say(msgspec.json.encode({"changes": [*map(change_json, plan.changes)]}).decode())
    else:
        for line in diff_lines(plan.changes):
            say(line)
    raise click.exceptions.Exit(_DIFFERENT if plan.changes else 0)


@click.command()
@folder_option
@server_option
@only_option
@prune_option
@force_option
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keep the plan in this file, for apply.",
)
def plan(
    folder: Path,
    server: str,
    only: tuple[str, ...],
    *,
    prune: bool,
    force: bool,
    out: Path | None,
) -> None:
    """Show what a folder would change on a server, and for how many players.

    Nothing is changed. What cannot be as the folder says is told with file and line, and ends with
    1.
    """
    try:
        source = _sound(from_folder(folder), 1)
        place, client = the_server(server)
        made = _planned(source, client, place.url, prune=prune, only=only)
        _show(source, client, made, force=force)
        if out is not None:
            out.write_bytes(encode_plan(made))
    except _ERRORS as error:
        fail(error)


@click.command()
@click.argument(
    "what", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@folder_option
@server_option
@only_option
@prune_option
@force_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--note", default="", help="Why, for the history and for who approves it.")
@click.option("--schedule-at", metavar="TIME", help="Publish then: 2026-11-24T18:00:00Z.")
@click.option("--submit", is_flag=True, help="Leave it for somebody's approval.")
def apply(  # noqa: PLR0913 # one parameter for each option
    what: Path | None,
    folder: Path,
    server: str,
    only: tuple[str, ...],
    *,
    prune: bool,
    force: bool,
    yes: bool,
    note: str,
    schedule_at: str | None,
    submit: bool,
) -> None:
    """Make a server have what a folder says, as one change set: all of it or nothing.

    WHAT is a plan that `plan --out` kept. It is refused where the definitions of the server have
    changed since. Without it a plan is made of the folder, and shown.
    """
    publishing = Publishing.of_options(
        note=note, schedule_at=schedule_at, submit=submit, force=force
    )
    if what is not None and (only or prune):
        raise click.UsageError("A plan says already what is to change: no --only, no --prune.")
    try:
        place, client = the_server(server)
        if what is not None:
            made, source = decode_plan(what.read_bytes()), Source({}, [], {})
            if made.server != place.url:
                raise click.UsageError(f"This plan is for {made.server}.")
            check_unmoved(made, read_server(client).version)
            _show_changes(made)
        else:
            source = _sound(from_folder(folder), 1)
            made = _planned(source, client, place.url, prune=prune, only=only)
            _show(source, client, made, force=force)
        if made.changes and (yes or confirmed(made, publishing)):
            carry_out(client, made, source, publishing)
    except _ERRORS as error:
        fail(error)


@click.command()
@click.option("--from", "from_server_", required=True, metavar="SERVER", help="Name or address.")
@click.option("--to", "to_server", required=True, metavar="SERVER", help="Name or address.")
@only_option
@prune_option
@force_option
@click.option("--plan-only", is_flag=True, help="Only show what would change.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--note", default="", help="Why, for the history and for who approves it.")
@click.option("--schedule-at", metavar="TIME", help="Publish then: 2026-11-24T18:00:00Z.")
@click.option("--submit", is_flag=True, help="Leave it for somebody's approval.")
def promote(  # noqa: PLR0913 # one parameter for each option
    from_server_: str,
    to_server: str,
    only: tuple[str, ...],
    *,
    prune: bool,
    force: bool,
    plan_only: bool,
    yes: bool,
    note: str,
    schedule_at: str | None,
    submit: bool,
) -> None:
    """Make a server have the definitions of another one, as one change set.

    Servers go by their names in matsuri.toml. For addresses the keys are in MATSURI_FROM_KEY and
    MATSURI_TO_KEY.
    """
    publishing = Publishing.of_options(
        note=note, schedule_at=schedule_at, submit=submit, force=force
    )
    try:
        _, origin = the_server(from_server_, key_env="MATSURI_FROM_KEY")
        place, client = the_server(to_server, key_env="MATSURI_TO_KEY")
        there = read_server(origin)
        if there.left_out:
            needed = ", ".join(sorted(set(there.left_out.values())))
            raise click.UsageError(f"The key of {from_server_} needs: {needed}.")
        source = from_server(there)
        made = _planned(source, client, place.url, prune=prune, only=only)
        _show(source, client, made, force=force)
        if made.changes and not plan_only and (yes or confirmed(made, publishing)):
            carry_out(client, made, source, publishing)
    except _ERRORS as error:
        fail(error)


COMMANDS = (pull, diff, plan, apply, promote)
"""All of them."""


def _sound(source: Source, status: int) -> Source:
    """The source, unless files of it cannot be read: then it ends."""
    if source.problems:
        _say_problems([str(each) for each in source.problems])
        raise click.exceptions.Exit(status)
    return source


def _planned(
    source: Source, client: Server, url: str, *, prune: bool, only: tuple[str, ...]
) -> Plan:
    there = read_server(client)
    made, found = planned(source.wanted, there, url=url, prune=prune, only=only)
    _stop_if_wrong(source, found, 1)
    for told in source.due(there.now_us):
        say(printable(told), err=True)
    for kind, name in found.only_there:
        say(printable(f"{kind} {name} is only on the server: --prune deletes it"), err=True)
    _say_over(found)
    return made


def _say_over(found: Changes) -> None:
    for kind, name in found.over:
        say(printable(f"{kind} {name} is over, and is not made anew"), err=True)


def _stop_if_wrong(source: Source, found: Changes, status: int) -> None:
    if found.wrong:
        _say_problems([source.problem(key, text) for key, text in found.wrong])
        raise click.exceptions.Exit(status)


def _show(source: Source, client: Server, made: Plan, *, force: bool) -> None:
    """Tell a plan, and what the server says of it; ends where something is wrong with it."""
    _show_changes(made)
    checked = check_plan(client, made.changes, force=force)
    for note in checked.notes:
        say(printable(note), err=True)
    if checked.impact is not None:
        for line in impact_words(checked.impact):
            say(printable(line))
    if checked.wrong:
        _say_problems([source.wrong(each) for each in checked.wrong])
        raise click.exceptions.Exit(1)


def _show_changes(made: Plan) -> None:
    for line in plan_lines(made.changes):
        say(line)
    say(counts(made.changes) if made.changes else "Nothing to change.")


def _say_problems(problems: list[str]) -> None:
    for each in problems:
        say(printable(each), err=True)
