"""Stored tokens are forgotten by name, or all of them."""


def test_logout_forgets_it(authwright, demo_servers):
    authwright("token", "orders")
    assert (
        authwright("logout", "ordres").stderr.splitlines()[0]
        == "authwright: There is no credential called 'ordres'. Did you mean 'orders'?"
    )
    assert authwright("logout", "orders").stderr == "1 token forgotten.\n"
    assert authwright("tokens").stderr == "No tokens are stored.\n"
