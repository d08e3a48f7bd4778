"""``matsuri rebuild profiles``: by the worker of a running server, or here where none runs."""

import contextlib
from collections.abc import AsyncGenerator

from matsuri.adapters.process_calls import CallClient
from matsuri.bootstrap.worker import open_worker
from matsuri.config import Settings
from matsuri.data_folder import Paths, check_migrated, own_data_folder
from matsuri.identities.rebuild import RebuildOrder, RebuildProgress, ask_for_rebuild
from matsuri.kit.clock import SystemClock
from matsuri.worker import held


async def rebuild_profiles(
    settings: Settings, *, apply: bool
) -> AsyncGenerator[RebuildProgress, None]:
    """Compute every profile again from history, and store what differs if ``apply``.

    Raises ``FailedPrecondition`` where history is not complete, ``Unavailable`` where neither the
    worker answers nor the data folder can be had, and ``SettingsError``.
    """
    calls = CallClient(Paths(settings.data_path).worker_socket)
    try:
        if await calls.reachable():
            told = ask_for_rebuild(calls, RebuildOrder(apply=apply))
        else:
            told = _rebuild_here(settings, apply=apply)
        async with contextlib.aclosing(told):
            async for progress in told:
                yield progress
    finally:
        await calls.close()


async def _rebuild_here(
    settings: Settings, *, apply: bool
) -> AsyncGenerator[RebuildProgress, None]:
    check_migrated(settings)
    with own_data_folder(settings) as paths, held(paths.worker_lock, wait=False):
        async with open_worker(settings, clock=SystemClock()) as node:
            while await node.pipeline.run_once():
                pass
            async with contextlib.aclosing(node.rebuild.run(apply=apply)) as told:
                async for progress in told:
                    yield progress
