"""Opens a port, connects to it, takes the connection; and one that is refused."""
import socket

import harmless

harmless.own_network()
server = socket.create_server(("127.0.0.1", 4444))
client = socket.create_connection(("127.0.0.1", 4444))
taken, _ = server.accept()
try:
    socket.create_connection(("127.0.0.1", 4445))
except ConnectionRefusedError:
    pass
six = socket.create_server(("::1", 4446), family=socket.AF_INET6)
socket.create_connection(("::1", 4446))
