"""One GET with Python's own client: NAME PORT [http]. The connection goes to 127.0.0.1."""

import http.client
import socket
import sys

name, port, plain = sys.argv[1], int(sys.argv[2]), len(sys.argv) > 3
connection = http.client.HTTPConnection(name) if plain else http.client.HTTPSConnection(name)
connection._create_connection = lambda *_: socket.create_connection(("127.0.0.1", port))
connection.request("GET", "/")
connection.getresponse()
