"""Where an experiment meets others, in the console API."""

from collections.abc import Collection, Sequence
from typing import Any, Protocol

from matsuri.errors import invalid_field
from matsuri.experiments.console_messages import OverlapList, overlap_message
from matsuri.experiments.experiment_desk import PATH, TAG, ExperimentDesk
from matsuri.experiments.overlaps import Overlap
from matsuri.kit.paging import page_of
from matsuri.web.callers import Action, ConsoleCaller, ConsoleMay, Entity
from matsuri.web.lists import CURSOR_FIELD, PageQuery, page_options
from matsuri.web.routes import Request, Route

# Each is counted by itself.
_ITEMS_MAX = 20


class Members(Protocol):
    """Counts members of several audiences (``audiences.stored_members``)."""

    async def count_in_all(
        self, groups: Sequence[Collection[str]], kept_out: Collection[str]
    ) -> int | None:
        """How many players are in an audience of each group, and in none ``kept_out``."""
        ...


def routes(
    desk: ExperimentDesk, members: Members, *, console_may: ConsoleMay
) -> list[Route[Any, Any]]:
    """The endpoint."""

    async def list_overlaps(
        request: Request, _caller: ConsoleCaller, query: PageQuery
    ) -> OverlapList:
        found = desk.launched().overlaps(desk.get(request.params["id"]))
        limit = min(query.limit, _ITEMS_MAX)
        try:
            page = page_of(found, key=lambda each: each.place, limit=limit, cursor=query.cursor)
        except ValueError as error:
            raise invalid_field(CURSOR_FIELD, str(error)) from None
        messages = [overlap_message(each, await players_in_both(each)) for each in page.items]
        return OverlapList(messages, page_options(page))

    async def players_in_both(overlap: Overlap) -> int | None:
        both = (overlap.own.targeting, overlap.other.targeting)
        groups = [each.audiences for each in both if each.audiences]
        kept_out = {name for each in both for name in each.exclude_audiences}
        return await members.count_in_all(groups, sorted(kept_out))

    return [
        Route(
            method="GET",
            path=f"{PATH}/{{id}}/overlap",
            auth=console_may(Entity.EXPERIMENT, Action.READ),
            handler=list_overlaps,
            query_type=PageQuery,
            response_type=OverlapList,
            operation="console_list_experiment_overlaps",
            summary="List where an experiment meets others, the earliest first",
            description=(
                "Launched experiments that give the same flags values at the same times, for "
                "audiences that may have players in common. Two do not meet if each audience of "
                "one is excluded by the other, or if they are in one exclusion group. With how "
                f"many players are in both, where that is known. At most {_ITEMS_MAX} on a page."
            ),
            tag=TAG,
        )
    ]
