"""Alembic's entrance. The caller hands the connection over; there is no configuration file."""

from alembic import context
from sqlalchemy import Connection

import models
from models.base import Base

models.load()
connection: Connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",  # SQLite cannot alter a column in place
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
