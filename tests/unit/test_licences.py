"""What the server runs on is told, with its licences."""

from importlib import metadata

from matsuri.console.licences import licences


def test_every_requirement_is_told_also_by_way_of_others() -> None:
    told = {each.name: each for each in licences()}
    # `mako` comes with `alembic` alone.
    assert {"msgspec", "sqlalchemy", "alembic", "mako", "uvicorn"} <= set(told)
    assert told["msgspec"].version == metadata.version("msgspec")
    assert "matsuri" not in told
    assert "pytest" not in told


def test_no_licence_is_unknown_or_a_whole_text() -> None:
    for each in licences():
        assert each.licence != "not told", each.name
        assert len(each.licence) < 120, each.name
