"""The tables, as the newest migration leaves them.

Times are seconds since 1970 (UTC). No column holds a patient's name, number or birth date.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

METADATA = MetaData()

JOBS = Table(
    "jobs",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("fingerprint", String(64), nullable=False, unique=True),
    Column("film_sha256", String(64), nullable=False),
    Column("status", String(16), nullable=False),
    Column("received", Float(53), nullable=False),
    Column("started", Float(53)),
    Column("finished", Float(53)),
    Column("progress", Float(53)),
    Column("crashes", Integer, nullable=False, default=0),
    # Who reads it, under which claim, and until when that claim holds unless it is renewed.
    Column("worker", String(64)),
    Column("claim", String(32)),
    Column("lease_until", Float(53)),
    Column("film", JSON(none_as_null=True)),
    Column("finding", JSON(none_as_null=True)),
    Column("refusal", JSON(none_as_null=True)),
    Column("present", Boolean),
    Column("side", String(16)),
    Column("urgency", Float(53), nullable=False),
    Column("patient", String(64)),
    # The claim whose files are the result, and the names of those files.
    Column("result", String(32)),
    Column("files", JSON(none_as_null=True)),
    Column("film_kept", Boolean, nullable=False, default=True),
    # The caller that sent the film, as the audit log names it, and the size of the film.
    Column("owner", String(120)),
    Column("bytes", BigInteger),
    Index("jobs_by_status", "status", "crashes", "received"),
    Index("jobs_by_received", "received", "id"),
    Index("jobs_by_urgency", "urgency", "received", "id"),
    Index("jobs_by_patient", "patient", "received"),
    Index("jobs_by_owner", "owner", "status"),
    Index("jobs_by_finished", "finished"),
    Index("jobs_by_film", "film_sha256"),
)

REVIEWS = Table(
    "reviews",
    METADATA,
    Column("job", String(32), ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("verdict", String(16), nullable=False),
    Column("reader", String(120), nullable=False),
    Column("at", Float(53), nullable=False),
    # The name of the mask's file, where the outline was corrected.
    Column("mask", String(64)),
    # How its way to the PACS ended; what it says is never changed.
    Column("delivery", String(32)),
)

COUNTERS = Table(
    "counters",
    METADATA,
    Column("name", String(16), primary_key=True),
    Column("value", BigInteger, nullable=False),
)
"""One row a sequence. Its lock is held to the end of a transaction, so that numbers come in the order of commits."""

CHANGES = Table(
    "changes",
    METADATA,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("job", String(32), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("at", Float(53), nullable=False),
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", String(32), nullable=False),
    Column("who", String(120), nullable=False),
    Column("what", String(64), nullable=False),
    Column("about", String(64), nullable=False),
    Column("outcome", String(32), nullable=False),
    Column("previous", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
    UniqueConstraint("previous", name="audit_is_one_chain"),
)

DELIVERIES = Table(
    "deliveries",
    METADATA,
    Column("job", String(32), ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("outcome", String(32), nullable=False),
    Column("at", Float(53), nullable=False),
)
