"""The databases' shapes, step by step (Alembic)."""
