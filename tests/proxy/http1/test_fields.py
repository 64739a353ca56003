"""A block of fields is read once, and goes on without what is between two hops."""

from authwright.proxy.http1 import fields, outgoing
from authwright.proxy.http1.head import read_request

BLOCK = b"Host: a\r\nX_Api_Key: 1\r\nx-api-key:  2 \r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nExpect: 100-continue\r\n"


def test_what_is_between_two_hops_goes_no_further():
    assert fields.read(BLOCK).block() == b"Host: a\r\nX_Api_Key: 1\r\nx-api-key: 2\r\n"


def test_a_name_is_left_out_with_its_look_alikes():
    assert fields.read(BLOCK).block("x-api-key") == b"Host: a\r\n"


def test_another_host_stands_in_the_place_of_the_old_one():
    assert fields.read(b"A: 1\r\nhost: a\r\nB: 2\r\n").block(host=b"b:1") == b"A: 1\r\nhost: b:1\r\nB: 2\r\n"
    assert fields.read(b"A: 1\r\n").block(host=b"b") == b"A: 1\r\nHost: b\r\n"


def test_what_the_fields_say_of_the_connection():
    read = fields.read(BLOCK)
    assert (read.close, read.expects_continue, read.upgrade, read.judged) == (True, True, b"", False)
    assert fields.read(b"Connection: Upgrade\r\nUpgrade: WebSocket\r\n").upgrade == b"websocket"
    assert fields.read(b"Upgrade: websocket\r\n").upgrade == b""
    assert fields.read(b"Sec-Fetch-Site: none\r\n").judged


def test_an_upgrade_to_http_in_another_form_goes_no_further():
    read = fields.read(b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n")
    assert read.block() == b""


def test_the_same_block_is_read_once():
    assert fields.read(BLOCK) is fields.read(bytes(bytearray(BLOCK)))


def test_a_field_is_set_where_the_first_one_was():
    raw = b"HTTP/1.1 200 OK\r\nA: 1\r\nconnection: keep-alive\r\nB: 2\r\nConnection: x\r\n\r\n"
    assert outgoing.with_field(raw, b"Connection", b"close") == b"HTTP/1.1 200 OK\r\nA: 1\r\nConnection: close\r\nB: 2\r\n\r\n"
    assert outgoing.with_field(b"HTTP/1.1 200 OK\r\n\r\n", b"A", b"1") == b"HTTP/1.1 200 OK\r\nA: 1\r\n\r\n"


def test_a_request_leaves_as_the_client_spelt_it():
    head = read_request(b"GET http://a/%7e?q HTTP/1.0\r\nHost: a\r\nx-B: 1\r\n\r\n")
    from authwright.origin import Origin
    from authwright.proxy.http1.ready_cache import request_of

    request = request_of(head, Origin("http", "a", 80))
    assert outgoing.head_of(request, head, b"", chunked=False) == b"GET /%7e?q HTTP/1.0\r\nHost: a\r\nx-B: 1\r\n\r\n"
    assert b"Content-Length: 3\r\n" in outgoing.head_of(request, head, b"abc", chunked=False)
