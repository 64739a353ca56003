"""HTTP/1.1 between client and origin by our own hands, where mitmproxy's layer spends most of a request's time.

``fields``, ``head`` and ``framing`` read messages and know nothing else; ``upstream`` is the connection to an origin;
``turn`` is one request and its response, told in the order in which it happens; ``layer`` gives it its events, and
``choose`` decides which connections it gets. What is done with a request stands in ``conduct``, as for mitmproxy's layer.
"""
