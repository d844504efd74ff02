"""Search in `data/clean`: `index.update` builds and follows, `query.search` asks."""
