"""How Alembic runs the migrations: on the connection that the service hands it, inside its transaction."""

from alembic import context

from pleura.serve.state.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
