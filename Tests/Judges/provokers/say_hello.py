"""Speaks TLS to a server of its own, whose first read is written to the file given."""
import socket
import ssl
import sys
import threading

import harmless

harmless.own_network()
server = socket.create_server(("127.0.0.1", 8443))


def take():
    taken, _ = server.accept()
    with open(sys.argv[1], "wb") as file:
        file.write(taken.recv(65536))
    taken.close()


thread = threading.Thread(target=take)
thread.start()
context = ssl._create_unverified_context()
context.set_alpn_protocols(["h2", "http/1.1"])
try:
    context.wrap_socket(socket.create_connection(("127.0.0.1", 8443)),
                        server_hostname="command.example.org")
except (OSError, ssl.SSLError):
    pass
thread.join()
