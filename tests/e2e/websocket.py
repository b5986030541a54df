"""A WebSocket client that can also misbehave (RFC 6455), on sockets alone."""
import base64
import json
import os
import socket
import struct

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def frame(opcode, payload, final=True, masked=True):
    """The bytes of one frame from a client."""
    size = len(payload)
    head = bytes([opcode | (0x80 if final else 0)])
    bit = 0x80 if masked else 0
    if size < 126:
        head += bytes([bit | size])
    elif size < 65536:
        head += bytes([bit | 126]) + struct.pack(">H", size)
    else:
        head += bytes([bit | 127]) + struct.pack(">Q", size)
    if masked:
        head += b"\0\0\0\0"  # a mask of zeros is a mask
    return head + payload


class WebSocket:
    """`early` bytes go out together with the handshake; `tls` is an ssl.SSLContext."""

    def __init__(self, port, path="/v1", headers=(), early=b"", tls=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        self.data = b""
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Upgrade: websocket",
                 "Connection: Upgrade", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}",
                 *headers]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode() + early)
        while b"\r\n\r\n" not in self.data:
            self._read()
        head, self.data = self.data.split(b"\r\n\r\n", 1)
        self.handshake = head.decode()

    def _read(self):
        data = self.socket.recv(65536)
        if not data:
            raise EOFError
        self.data += data

    def _take(self, count):
        while len(self.data) < count:
            self._read()
        taken, self.data = self.data[:count], self.data[count:]
        return taken

    def send_frame(self, *words, **options):
        self.socket.sendall(frame(*words, **options))

    def send(self, tasks):
        self.send_frame(TEXT, json.dumps(tasks).encode())

    def receive_frame(self):
        """(opcode, payload) of the next frame; servers do not mask and need not fragment."""
        first, size = self._take(2)
        if size == 126:
            size = struct.unpack(">H", self._take(2))[0]
        elif size == 127:
            size = struct.unpack(">Q", self._take(8))[0]
        return first & 15, self._take(size)

    def receive(self):
        opcode, payload = self.receive_frame()
        if opcode != TEXT:
            raise AssertionError(f"opcode {opcode}: {payload!r}")
        return json.loads(payload)

    def close_code(self):
        """The code that the server closes with; then nothing but the end may follow."""
        opcode, payload = self.receive_frame()
        while opcode != CLOSE:
            opcode, payload = self.receive_frame()
        self.send_frame(CLOSE, payload[:2])
        try:
            self._take(1)
            raise AssertionError("there is something after the close frame")
        except EOFError:
            return struct.unpack(">H", payload[:2])[0]

    def close(self):
        self.socket.close()
