"""Long values compressed by LZ4, where PostgreSQL has it: its own way costs more than all else
that it does for a mail.

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

LONG = (
    ("raw", "content"),
    ("outbox", "headers"),
    ("outbox_body", "content"),
    ("message", "text"),
    ("message", "new_text"),
    ("decision", "reading"),
    ("decision", "facts"),
    ("decision", "account"),
)
# no row before version 14, and no "lz4" among them where the server was built without
HAS_LZ4 = "SELECT 'lz4' = ANY (enumvals) FROM pg_settings WHERE name = 'default_toast_compression'"


def upgrade() -> None:
    bind = op.get_bind()
    if bind.dialect.name != "postgresql" or not bind.scalar(sa.text(HAS_LZ4)):
        return
    for table, column in LONG:  # what is there stays as it is, and readable
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET COMPRESSION lz4")
