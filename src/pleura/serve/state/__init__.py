"""What the service remembers, in SQLite or PostgreSQL: jobs, reviews, changes and the audit log."""
