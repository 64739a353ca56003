"""The proxy: mitmproxy as it is used here, and nothing of it anywhere else.

The pure parts (``guard``, ``hop``, ``refuse``'s table) know values only; ``convert`` is the seam; ``stream`` and
``addon`` are what mitmproxy calls; ``master`` runs them.
"""
