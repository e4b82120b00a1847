"""The first tables: jobs, reviews, changes with their counters, and the audit log."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; they stand here in full, for a later change of `tables.py` must not change this step."""
    _jobs()
    _reviews()
    counters = op.create_table(
        "counters",
        sa.Column("name", sa.String(16), primary_key=True),
        sa.Column("value", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(counters, [{"name": "changes", "value": 0}, {"name": "audit", "value": 0}])
    op.create_table(
        "changes",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("job", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("who", sa.String(120), nullable=False),
        sa.Column("what", sa.String(64), nullable=False),
        sa.Column("about", sa.String(64), nullable=False),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.UniqueConstraint("previous", name="audit_is_one_chain"),
    )


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("fingerprint", sa.String(64), nullable=False, unique=True),
        sa.Column("film_sha256", sa.String(64), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("received", sa.Float(53), nullable=False),
        sa.Column("started", sa.Float(53)),
        sa.Column("finished", sa.Float(53)),
        sa.Column("progress", sa.Float(53)),
        sa.Column("crashes", sa.Integer, nullable=False),
        sa.Column("worker", sa.String(64)),
        sa.Column("claim", sa.String(32)),
        sa.Column("lease_until", sa.Float(53)),
        sa.Column("film", sa.JSON),
        sa.Column("finding", sa.JSON),
        sa.Column("refusal", sa.JSON),
        sa.Column("present", sa.Boolean),
        sa.Column("side", sa.String(16)),
        sa.Column("urgency", sa.Float(53), nullable=False),
        sa.Column("patient", sa.String(64)),
        sa.Column("result", sa.String(32)),
        sa.Column("files", sa.JSON),
        sa.Column("film_kept", sa.Boolean, nullable=False),
    )
    op.create_index("jobs_by_status", "jobs", ["status", "crashes", "received"])
    op.create_index("jobs_by_received", "jobs", ["received", "id"])
    op.create_index("jobs_by_urgency", "jobs", ["urgency", "received", "id"])
    op.create_index("jobs_by_patient", "jobs", ["patient", "received"])


def _reviews() -> None:
    op.create_table(
        "reviews",
        sa.Column("job", sa.String(32), sa.ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("reader", sa.String(120), nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("mask", sa.String(64)),
    )
