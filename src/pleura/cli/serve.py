"""`pleura serve`: read films that come over the network, and show them on a page."""

import secrets
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from pleura.cli.console import EXIT_OK, need_extra, say, track

app = App(
    name="serve", help="Read films that come over HTTP or DICOM, and show the findings on a page (docs/serve.md)."
)


@app.default
def serve(
    *,
    config: Path | None = None,
    data: Path | None = None,
    host: str | None = None,
    port: int | None = None,
    model: Path | None = None,
) -> int:
    """Read films that come over HTTP or DICOM, and show the findings on a page. Ends on Ctrl-C or SIGTERM.

    Without a config file it is for this machine alone. Research use. Not a medical device.

    Parameters
    ----------
    config
        A config file (TOML, see docs/serve.md).
    data
        The folder that takes films, results and the database; ./pleura-data where none is named.
    host
        The address to listen at; any but loopback needs tokens in the config file.
    port
        The port to listen at; 8080 where none is named, any free one for 0.
    model
        A model file, a blend of several (TOML), or a name that `pleura models` lists; `default` where none is named.
    """
    _need_extras()
    from pleura.serve.config import ServeConfig, changed, read_serve_config
    from pleura.serve.run import run_service

    settings = ServeConfig() if config is None else read_serve_config(config)
    asked = {"data": data, "host": host, "port": port, "model": model}
    settings = changed(settings, {name: value for name, value in asked.items() if value is not None})
    run_service(settings, lambda address: say(f"pleura serves at {address}"))
    return EXIT_OK


@app.command
def token(name: str, /, *, role: Annotated[tuple[str, ...], Parameter(negative="")] = ("upload", "read")) -> int:
    """Make a token: it is shown once on stdout; what belongs into the config file goes to stderr.

    Parameters
    ----------
    name
        Who will use it, as the audit log names them.
    role
        What it may do: upload, read or admin; may be given several times.
    """
    _need_extras()
    from pleura.serve.config import ServeConfig, changed
    from pleura.serve.credentials import token_hash

    made = secrets.token_urlsafe(32)
    changed(ServeConfig(), {"tokens": [{"name": name, "sha256": token_hash(made), "roles": role}]})
    print(made)
    say(f'[[tokens]]\nname = "{name}"\nsha256 = "{token_hash(made)}"\nroles = {[*role]}'.replace("'", '"'))
    return EXIT_OK


@app.command
def export_reviews(*, out: Path, data: Path | None = None, config: Path | None = None) -> int:
    """Write the films that readers accepted or corrected, with their outlines, for `pleura prepare reviewed`.

    The films are whole, with all that their files say of the patient: keep the folder as safe as the service's own.

    Parameters
    ----------
    out
        The folder to make; it must not exist yet.
    data
        The data folder of the service, which may be running; ./pleura-data where none is named.
    config
        The config file of the service, which may name a data folder or a PostgreSQL database.
    """
    _need_extras()
    from pleura.serve.config import ServeConfig, changed, read_serve_config
    from pleura.serve.folder import DataFolder
    from pleura.serve.reviewed import export_reviewed
    from pleura.serve.service import opened_database

    settings = ServeConfig() if config is None else read_serve_config(config)
    settings = settings if data is None else changed(settings, {"data": data})
    with opened_database(settings) as database:
        folder = DataFolder(settings.data)
        done = export_reviewed(database, folder, out, lambda films: track(films, "Writing films"))
    left = f"left out: {done.rejected} rejected, {done.gone} deleted"
    say(f"{out}: {done.edited} corrected, {done.accepted} accepted; {left}")
    return EXIT_OK


def _need_extras() -> None:
    for module in ("fastapi", "sqlalchemy", "alembic", "uvicorn", "prometheus_client", "python_multipart"):
        need_extra(module, "serve")
