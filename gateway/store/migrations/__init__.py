"""Alembic's scripts: one migration per change, each with a sentence why."""
