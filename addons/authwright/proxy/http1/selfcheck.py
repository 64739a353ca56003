"""The names of mitmproxy that this layer stands on; the proxy looks for them before the first connection."""

from __future__ import annotations

from typing import Final

from mitmproxy import connection
from mitmproxy.proxy import commands, context, events, layer, layers, mode_servers, mode_specs, server, tunnel
from mitmproxy.proxy.layers import modes

RELIED_ON: Final = (
    (layer, "Layer NextLayer"),
    (layer.NextLayer, "handle_event data_client"),
    (layers, "ServerTLSLayer ClientTLSLayer HttpLayer"),
    (tunnel, "LayerStack TunnelLayer"),
    (layers.http, "_upstream_proxy"),
    (getattr(layers.http, "_upstream_proxy", None), "HttpUpstreamProxy"),
    (tunnel.TunnelLayer, "_handle_command event_to_child"),
    (modes, "HttpProxy HttpUpstreamProxy ReverseProxy"),
    (mode_specs, "ReverseMode UpstreamMode"),
    (commands, "OpenConnection SendData CloseConnection StartHook RequestWakeup"),
    (events, "Start ConnectionEvent DataReceived ConnectionClosed CommandCompleted OpenConnectionCompleted"),
    (connection, "Server Client ConnectionState"),
    (context.Context, "fork"),
    (mode_servers, "ProxyConnectionHandler"),
    (server, "ConnectionIO TimeoutWatchdog"),
    (server.ConnectionIO, "reader writer handler"),
    (server.ConnectionHandler, "drain_writers open_connection handle_connection server_event hook_task"),
)


def missing() -> list[str]:
    """Return the names that mitmproxy lacks."""
    return [name for place, names in RELIED_ON for name in names.split() if not hasattr(place, name)]
