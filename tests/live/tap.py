"""A relay that keeps what passes towards a server, byte for byte."""

import contextlib
import socket
import threading


class Tap:
    """On a free port of loopback, in front of *port*; ``taken()`` gives what each connection sent so far, and forgets it."""

    def __init__(self, port):
        self._to = port
        self._lock = threading.Lock()
        self._seen = []

    def __enter__(self):
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._server.close()

    def taken(self):
        with self._lock:
            seen, self._seen = self._seen, []
        return [bytes(each) for each in seen if each]

    def _accept(self):
        relays, sockets = [], []
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._server.accept()
                origin = socket.create_connection(("127.0.0.1", self._to))
                seen = bytearray()
                with self._lock:
                    self._seen.append(seen)
                for pair in ((client, origin, seen), (origin, client, bytearray())):
                    relays.append(threading.Thread(target=_relay, args=pair))
                    relays[-1].start()
                sockets += [client, origin]
        for relay in relays:
            relay.join()
        for each in sockets:
            each.close()


def _relay(source, sink, seen):
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            seen += data
            sink.sendall(data)
    for each in (source, sink):  # the other direction ends with this one
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
