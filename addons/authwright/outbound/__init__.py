"""Our own HTTP: token requests, discovery, and whom we trust on the way."""
