"""One router a resource; none imports another."""

from app.routes import (
    catalog,
    explanations,
    exports,
    expressions,
    history,
    iterations,
    moments,
    pictures,
    predictions,
    runs,
    server,
)
from app.routes.learn import lessons
from app.routes.practice import exercises
from app.routes.search import searches

ROUTERS = (
    server.router,
    catalog.router,
    runs.router,
    expressions.router,
    iterations.router,
    explanations.router,
    pictures.router,
    history.router,
    moments.router,
    predictions.router,
    exports.router,
    lessons.router,
    searches.router,
    exercises.router,
)
