"""Jobs are found by the time they ended at, and by their film."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the indexes."""
    op.create_index("jobs_by_finished", "jobs", ["finished"])
    op.create_index("jobs_by_film", "jobs", ["film_sha256"])
