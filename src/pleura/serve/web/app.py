"""The application: its routes, what stands before them, and the page."""

import asyncio
import contextlib
import mimetypes
from collections.abc import AsyncIterator
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.middleware import Middleware

import pleura
from pleura.serve.service import Service
from pleura.serve.web import artefacts, dicomweb, events, films, health, jobs, metrics, reviews
from pleura.serve.web.answers import add_error_answers
from pleura.serve.web.described import ANYWHERE
from pleura.serve.web.feed import Feed
from pleura.serve.web.gatekeeper import Gatekeeper

PAGE = Path(__file__).parents[1] / "page"
_ABOUT = "Finds, outlines and measures a pneumothorax on chest films. Research use. Not a medical device."
_ROUTERS = (films, jobs, artefacts, reviews, events, health, metrics, dicomweb)
# What the machine's own tables say of these differs, and a browser runs no script under another name.
_KINDS = {".js": "text/javascript", ".mjs": "text/javascript", ".json": "application/json", ".svg": "image/svg+xml"}


def build_app(service: Service) -> FastAPI:
    """The application of one running service."""
    figures, feed = metrics.Metrics(), Feed(service.database)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        following = asyncio.create_task(feed.run())
        try:
            yield
        finally:
            following.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await following

    app = FastAPI(
        title="pleura",
        version=pleura.__version__,
        description=_ABOUT,
        openapi_url="/api/v1/openapi.json",
        # Their pages load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        responses=ANYWHERE,
        middleware=[Middleware(Gatekeeper, service=service, metrics=figures)],
    )
    app.state.service, app.state.feed, app.state.metrics = service, feed, figures
    add_error_answers(app, [route for module in _ROUTERS for route in module.router.routes])
    for module in _ROUTERS:
        app.include_router(module.router)
    if PAGE.is_dir():
        for suffix, kind in _KINDS.items():
            mimetypes.add_type(kind, suffix)
        app.mount("/", StaticFiles(directory=PAGE, html=True))
    return app
