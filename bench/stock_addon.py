"""What a person writes who has no authwright: one header on every request."""


def request(flow):
    flow.request.headers["Authorization"] = "Bearer bench-token"
