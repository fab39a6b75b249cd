"""One router a resource; none imports another."""

from app.routes import (
    catalog,
    explanations,
    exports,
    frames,
    history,
    iterations,
    pictures,
    predictions,
    programs,
    runs,
    server,
)

ROUTERS = (
    server.router,
    catalog.router,
    runs.router,
    programs.router,
    iterations.router,
    explanations.router,
    pictures.router,
    history.router,
    frames.router,
    predictions.router,
    exports.router,
)
