"""Carries out a plan that somebody has seen."""

import sys
from typing import NamedTuple

import click

from matsuri.as_code.check_plan import wrong_in
from matsuri.as_code.gather import Source
from matsuri.as_code.options import say
from matsuri.as_code.plan import Plan
from matsuri.as_code.publish import Outcome, Wish, publish
from matsuri.as_code.server import Server
from matsuri.as_code.show import counts
from matsuri.as_code.values import wire_time
from matsuri.console_client import RefusedByServer
from matsuri.kit.texts import printable


class Publishing(NamedTuple):
    """How a plan is to be published: see ``Wish``."""

    note: str
    at_time_sec: int
    submit: bool
    force: bool

    @classmethod
    def of_options(
        cls, *, note: str, schedule_at: str | None, submit: bool, force: bool
    ) -> "Publishing":
        """As the options say; raises ``UsageError``."""
        if submit and schedule_at:
            raise click.UsageError("Who approves it publishes it: no --schedule-at with --submit.")
        try:
            at_time_sec = wire_time(schedule_at) if schedule_at else 0
        except ValueError as error:
            raise click.UsageError(f"--schedule-at {error}.") from None
        return cls(note, at_time_sec, submit, force)


def confirmed(plan: Plan, publishing: Publishing) -> bool:
    """Whether somebody at the terminal says yes; raises ``UsageError`` where nobody is there."""
    if not sys.stdin.isatty():
        raise click.UsageError("Nobody is there to be asked: --yes goes on without.")
    what = "Submit" if publishing.submit else "Schedule" if publishing.at_time_sec else "Publish"
    return click.confirm(f"{what} {len(plan.changes)} changes on {plan.server}?")


def carry_out(server: Server, plan: Plan, source: Source, publishing: Publishing) -> None:
    """Publish a plan and say what came of it; ends with 1 where the server refuses."""
    wish = Wish(
        name=f"matsuri apply: {counts(plan.changes)}",
        note=publishing.note,
        at_time_sec=publishing.at_time_sec,
        submit=publishing.submit,
        force=publishing.force,
    )
    try:
        done = publish(server, plan, wish)
    except RefusedByServer as error:
        wrong = wrong_in(error, plan.changes)
        if not wrong:
            raise
        say(printable(f"matsuri: {error.message}"), err=True)
        for each in wrong:
            say(printable(source.wrong(each)), err=True)
        raise click.exceptions.Exit(1) from None
    told = {
        Outcome.PUBLISHED: "published",
        Outcome.SCHEDULED: "to be published at its time",
        Outcome.WAITING: "waits for approval",
    }
    say(f"Change set {printable(done.id)}: {told[done.outcome]}.")
