"""One router a resource; none imports another."""

from app.routes import (
    catalog,
    expressions,
    pasted,
    recordings,
    runs,
    server,
    tables,
)
from app.routes.learn import cards, lessons
from app.routes.library import entries
from app.routes.practice import exercises
from app.routes.run import (
    explanations,
    exports,
    history,
    iterations,
    moments,
    pictures,
    predictions,
    stretches,
    weights,
)
from app.routes.search import landscape, range_test, searches

ROUTERS = (  # tried in this order: what is asked for most comes first
    iterations.router,
    pictures.router,
    history.router,
    explanations.router,
    server.router,
    server.metrics,
    catalog.router,
    runs.router,
    expressions.router,
    pasted.router,
    recordings.router,
    tables.router,
    moments.router,
    predictions.router,
    weights.router,
    stretches.router,  # before all exports: the address of its own is one of theirs too
    exports.router,
    entries.router,
    lessons.router,
    cards.router,
    searches.router,
    landscape.router,
    range_test.router,
    exercises.router,
)
