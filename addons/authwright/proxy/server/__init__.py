"""mitmproxy's server: connections, hooks, the choice of who carries a connection, and its life."""
