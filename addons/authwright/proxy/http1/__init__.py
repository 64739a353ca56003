"""HTTP/1.1 between client and origin by our own hands, where mitmproxy's layer spends most of a request's time.

A request meets the modules in this order:

``layer``        gives a client connection's events to a script
``client``       what the client has sent (``buffer``), and the head of the next request
``lines fields head framing``   read messages, and know nothing else
``request``      one request from its head to the end of its response, as one page
``admission``    where it goes; ``keys`` makes the cache keys
``ready_cache``  the rule that applies, and what earlier requests have made ready
``upload``       its body
``outgoing``     its bytes as they leave
``pool upstream``   connections to origins
``response``     the origin's response; ``answer`` holds the proxy's own
``waiting``      the hook by which a request waits
"""
