"""A client that speaks just enough of HTTP/2 (RFC 9113) to misbehave: it leaves messages half sent and answers nothing."""

import contextlib
import select
import socket
import struct
import time

import hpack

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS = 0, 1, 3, 4
END_STREAM, END_HEADERS = 1, 4
CANCEL = 8


class RawConnection:
    """A connection that answers neither settings nor pings."""

    def __init__(self, address):
        host, _, port = address.rpartition(":")
        self.socket = socket.create_connection((host, int(port)), timeout=10)
        self.socket.sendall(PREFACE + _frame(SETTINGS, 0, 0, b""))
        self.address, self.received = address, b""
        self.decoder, self.headers = hpack.Decoder(), {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def begin(self, path, body, stream=1, ends=False, more=()):
        """Begins a call with more headers and sends a part of its body, or all of it."""
        fields = [
            (":method", "POST"),
            (":scheme", "http"),
            (":path", path),
            (":authority", self.address),
            ("content-type", "application/grpc"),
            ("te", "trailers"),
            *more,
        ]
        block = b"".join(b"\0" + _text(name) + _text(value) for name, value in fields)
        data = _frame(DATA, END_STREAM if ends else 0, stream, body)
        self.socket.sendall(_frame(HEADERS, END_HEADERS, stream, block) + data)

    def reset(self, stream):
        """Takes a call back."""
        self.socket.sendall(_frame(RST_STREAM, 0, stream, struct.pack(">I", CANCEL)))

    def ends(self, stream, within):
        """Whether the server ends a stream within so many seconds."""
        end = time.monotonic() + within
        while (left := end - time.monotonic()) > 0:
            for kind, flags, number in self._frames(left):
                if number == stream and (kind == RST_STREAM or (kind in (DATA, HEADERS) and flags & END_STREAM)):
                    return True
        return False

    def is_closed(self, within):
        """Whether the server closes the connection within so many seconds."""
        end = time.monotonic() + within
        with contextlib.suppress(ConnectionError):
            while (left := end - time.monotonic()) > 0:
                if select.select([self.socket], [], [], left)[0] and not self.socket.recv(1 << 16):
                    return True
            return False
        return True

    def _frames(self, wait):
        if select.select([self.socket], [], [], wait)[0]:
            self.received += self.socket.recv(1 << 16)
        while len(self.received) >= 9:
            length = int.from_bytes(self.received[:3])
            kind, flags, stream = struct.unpack(">BBI", self.received[3:9])
            if len(self.received) < 9 + length:
                return
            if kind == HEADERS:
                self.headers |= dict(self.decoder.decode(self.received[9 : 9 + length]))
            self.received = self.received[9 + length :]
            yield kind, flags, stream


def _frame(kind, flags, stream, payload):
    return len(payload).to_bytes(3) + struct.pack(">BBI", kind, flags, stream) + payload


def _text(text):
    """A text in HPACK (RFC 7541): its length and its bytes, without Huffman's code."""
    return bytes([len(text)]) + text.encode()
