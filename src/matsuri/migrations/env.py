"""Alembic's entry: runs the migrations of one database on the connection it is given."""

from alembic import context

from matsuri.migrations.run import metadata_of

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata_of(context.config.attributes["database"]),
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
