"""Ports for servers that have to be told one."""

import socket


def free_ports(count):
    """Ports on loopback that nobody listens on, nor gets by chance before the server that is told one.

    Each stays bound as long as this process lives: whoever asks for any free port gets another one, and whoever asks
    for this one by its number, as servers do with SO_REUSEADDR, gets it, for nobody listens on it (ip(7), socket(7)).
    """
    found = []
    for _ in range(count):
        holding = socket.socket()
        holding.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holding.bind(("127.0.0.1", 0))
        found.append(holding.getsockname()[1])
        holding.detach()
    return found
