"""Asks a name server of its own for a name, and connects to what it answers."""
import socket
import struct

import harmless

harmless.own_network()
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 53))
client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
question = b"\x05Evil1\x07example\x03org\x00" + struct.pack(">HH", 1, 1)
client.sendto(struct.pack(">6H", 7, 0x100, 1, 0, 0, 0) + question, ("127.0.0.1", 53))
_, sender = server.recvfrom(512)
answer = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + bytes([127, 0, 0, 77])
server.sendto(struct.pack(">6H", 7, 0x8180, 1, 1, 0, 0) + question + answer, sender)
client.recvfrom(512)
import time
time.sleep(0.4)
port = socket.create_server(("127.0.0.77", 443))
socket.create_connection(("127.0.0.77", 443))
