"""`pleura audit`: check the audit log of a service."""

from pathlib import Path

from cyclopts import App

from pleura.cli.console import EXIT_ERROR, EXIT_OK, need_extra, track

app = App(name="audit", help="Check the audit log of a service (docs/serve.md).")


@app.command
def verify(*, data: Path | None = None, config: Path | None = None) -> int:
    """Check that no line of the audit log was changed or taken out; prints how many there are, and the newest digest.

    Whoever may write the whole database can forge a sound log: note the number and the digest elsewhere, and compare.
    The exit code is 0 where the chain is sound, and 1 where it is broken (or an error ended the run).

    Parameters
    ----------
    data
        The data folder of the service; ./pleura-data where none is named.
    config
        The config file of the service, which may name a data folder or a PostgreSQL database.
    """
    for module in ("sqlalchemy", "alembic"):
        need_extra(module, "serve")
    from pleura.serve.config import ServeConfig, changed, read_serve_config
    from pleura.serve.service import opened_database
    from pleura.serve.state.audit import verify as verify_chain

    settings = ServeConfig() if config is None else read_serve_config(config)
    settings = settings if data is None else changed(settings, {"data": data})
    with opened_database(settings) as database:
        verdict = verify_chain(database, lambda pieces: track(pieces, "Checking lines"))
    if verdict.broken_at is not None:
        print(f"broken at line {verdict.broken_at}: it, or one before it, was changed or taken out")
        return EXIT_ERROR
    print(f"sound: {verdict.lines} lines, newest digest {verdict.newest}")
    return EXIT_OK
