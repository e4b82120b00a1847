"""Which reviews have gone to the PACS."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the column."""
    op.add_column("reviews", sa.Column("delivery", sa.String(32)))
