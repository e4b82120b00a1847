"""A TLS front before a port in clear, as a reverse proxy is before a PACS: Debian's Orthanc 1.10.1 dies of HTTPS."""

import contextlib
import socket
import socketserver
import ssl
import threading


@contextlib.contextmanager
def tls_front(backend_port, certificate, key, clients=None):
    """Serve TLS on a port of loopback, which is yielded; `clients` vouches for those that may come."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    if clients is not None:
        context.load_verify_locations(cafile=clients)
        context.verify_mode = ssl.CERT_REQUIRED

    class Front(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with (
                contextlib.suppress(OSError),
                context.wrap_socket(self.request, server_side=True) as secure,
                socket.create_connection(("127.0.0.1", backend_port)) as clear,
            ):
                back = threading.Thread(target=_pump, args=(clear, secure))
                back.start()
                _pump(secure, clear)
                back.join()

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Front) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def _pump(source, target):
    with contextlib.suppress(OSError):
        while content := source.recv(1 << 16):
            target.sendall(content)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
