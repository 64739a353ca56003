"""mitmproxy's HTTP layer, taught to fail closed and to answer challenges."""
