#!/usr/bin/env python3
"""A worker in Python, to show the wire (docs/protocol.md): python3 worker.py [SOCKET]

It is the victim `snake`: it counts, holds its counting on `delay`, and has the method `count` of its own. It needs nothing
but Python's own library.
"""
import os, socket, struct, sys, threading, time


class Symbol(str):
    """The wire's third kind of text."""


class Proxy:
    """An object of ours, by the name under which we bound it."""

    def __init__(self, name):
        self.name = name


# --- values to bytes, and back ---------------------------------------------------------------------------------------


def extension(code, payload):
    sizes = (1, 2, 4, 8, 16)
    if len(payload) in sizes:
        return bytes([0xD4 + sizes.index(len(payload)), code]) + payload
    if len(payload) < 0x100:
        return bytes([0xC7, len(payload), code]) + payload
    return struct.pack(">BIB", 0xC9, len(payload), code) + payload


def encode(value):
    if value is None:
        return b"\xc0"
    if isinstance(value, bool):
        return b"\xc3" if value else b"\xc2"
    if isinstance(value, Symbol):
        return extension(0x20, value.encode())
    if isinstance(value, Proxy):
        return extension(0x10, encode(value.name))
    if isinstance(value, float):
        return struct.pack(">Bd", 0xCB, value)
    if isinstance(value, int):
        if 0 <= value < 0x80:
            return struct.pack(">B", value)
        for marker, form, most in ((0xCC, "B", 0xFF), (0xCD, "H", 0xFFFF), (0xCE, "I", 0xFFFFFFFF)):
            if 0 <= value <= most:
                return struct.pack(">B" + form, marker, value)
        return struct.pack(">Bq", 0xD3, value)
    if isinstance(value, str):
        text = value.encode()
        return (bytes([0xA0 + len(text)]) if len(text) < 32 else struct.pack(">BI", 0xDB, len(text))) + text
    if isinstance(value, dict):
        return struct.pack(">BI", 0xDF, len(value)) + b"".join(encode(k) + encode(v) for k, v in value.items())
    return struct.pack(">BI", 0xDD, len(value)) + b"".join(map(encode, value))


class Reader:
    """Takes values from bytes, one after another. Running out of them raises struct.error or IndexError."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, length):
        if self.at + length > len(self.data):
            raise IndexError("more bytes are needed")
        self.at += length
        return self.data[self.at - length : self.at]

    def number(self, form):
        return struct.unpack(">" + form, self.take(struct.calcsize(form)))[0]

    def header(self):
        """Of an extension: its code and the length of its payload."""
        marker = self.number("B")
        if 0xD4 <= marker <= 0xD8:
            length = 1 << (marker - 0xD4)
        else:
            length = self.number({0xC7: "B", 0xC8: "H", 0xC9: "I"}[marker])
        return self.number("B"), length

    def value(self):
        marker = self.number("B")
        if marker < 0x80 or marker >= 0xE0:
            return marker if marker < 0x80 else marker - 0x100
        if marker < 0x90 or marker in (0xDE, 0xDF):
            count = marker & 15 if marker < 0x90 else self.number("HI"[marker - 0xDE])
            return {self.value(): self.value() for _ in range(count)}
        if marker < 0xA0 or marker in (0xDC, 0xDD):
            count = marker & 15 if marker < 0xA0 else self.number("HI"[marker - 0xDC])
            return [self.value() for _ in range(count)]
        if marker < 0xC0 or 0xD9 <= marker <= 0xDB:
            length = marker & 31 if marker < 0xC0 else self.number("BHI"[marker - 0xD9])
            return self.take(length).decode()
        if marker in (0xC0, 0xC2, 0xC3):
            return {0xC0: None, 0xC2: False, 0xC3: True}[marker]
        if 0xC4 <= marker <= 0xC6:
            return self.take(self.number("BHI"[marker - 0xC4]))
        if 0xCA <= marker <= 0xD3:
            return self.number("fdBHIQbhiq"[marker - 0xCA])
        self.at -= 1
        code, length = self.header()
        payload = Reader(self.take(length))
        if code == 0x20:
            return Symbol(payload.data.decode())
        if code == 0x21:
            return {"class": payload.value(), "message": payload.value(), "backtrace": payload.value()}
        return (code, payload.data)


# --- the conversation ------------------------------------------------------------------------------------------------

INVOKE, RETURN, ERROR, RELEASE = 0x00, 0x01, 0x03, 0x11
working = threading.Event()
working.set()
counted = 0
sending = threading.Lock()
# What ends each active effect before its lease does, by the effect's id.
active = {}


def messages(stream):
    """Whole messages, as they come: (kind, reader of the payload)."""
    data = b""
    while chunk := stream.recv(65536):
        data += chunk
        while True:
            reader = Reader(data)
            try:
                code, length = reader.header()
                payload = reader.take(length)
            except (IndexError, struct.error):
                break
            data = data[reader.at :]
            yield code, Reader(payload)


def send(stream, code, *values):
    send_raw(stream, code, b"".join(map(encode, values)))


def send_raw(stream, code, payload):
    with sending:
        stream.sendall(extension(code, payload))


def delay(options):
    """Holds the work until the lease is over, `end` is called, or the host is gone."""
    began, ended, effect = time.monotonic(), threading.Event(), options.get("effect")
    active[effect] = ended
    working.clear()
    ended.wait(min(options["duration"], options.get("lease", options["duration"])))
    del active[effect]
    if not active:
        working.set()
    answer = {Symbol("delayed"): options["duration"]}
    if effect is not None:
        held = time.monotonic() - began
        answer[Symbol("observed")] = {Symbol("seconds_held"): held, Symbol("hits"): 1}
    return answer


def end(options):
    ended = active.get(options["effect"])
    if ended:
        ended.set()
    return ended is not None


def effects(options):
    return [{Symbol("effect"): effect, Symbol("kind"): Symbol("delay")} for effect in active]


METHODS = {"delay": delay, "count": lambda options: counted}
# Every worker of protocol 1 has these two; they are not declared.
STEERING = {"end": end, "effects": effects}


def serve(stream, identifier, reader):
    """Answers one call: the object's name, the number of arguments, they, the number of options, they, block given?"""
    reader.value()
    arguments = [reader.value() for _ in range(reader.value())]
    options = {reader.value(): reader.value() for _ in range(reader.value())}
    if arguments[0] == "public_send":
        del arguments[0]
    method, methods = arguments[0], METHODS | STEERING
    if method == "respond_to?":
        send(stream, RETURN, identifier, arguments[1] in methods)
    elif method in methods:
        send(stream, RETURN, identifier, methods[method](options))
    else:
        message = f"undefined method `{method}' for an instance of Victim"
        raised = encode("NoMethodError") + encode(message) + encode(None)
        send_raw(stream, ERROR, encode(identifier) + extension(0x21, raised))


def work():
    global counted
    while working.wait():
        counted += 1
        time.sleep(0.1)


def main(path):
    threading.Thread(target=work, daemon=True).start()
    stream = socket.socket(socket.AF_UNIX)
    stream.connect(path)
    options = {
        Symbol("process_id"): os.getpid(),
        Symbol("name"): "snake",
        Symbol("labels"): {"language": "python"},
        Symbol("protocol"): 1,
        Symbol("methods"): [Symbol(name) for name in METHODS],
    }
    arguments = [Symbol("register"), Proxy(Symbol("victim"))]
    flat = [part for pair in options.items() for part in pair]
    # 1 is our first transaction's number; a client counts 1, 3, 5 …
    send(stream, INVOKE, 1, Symbol("chaos"), len(arguments), *arguments, len(options), *flat, False)
    for code, reader in messages(stream):
        if code == RELEASE:
            continue
        identifier = reader.value()
        if code == INVOKE:
            threading.Thread(target=serve, args=(stream, identifier, reader), daemon=True).start()
        elif code == RETURN and identifier == 1:
            print("registered as victim", reader.value(), flush=True)
        elif code == ERROR:
            return print("refused:", reader.value()["message"], flush=True)
    # The host is gone: what it began ends now.
    for ended in list(active.values()):
        ended.set()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("CHAOS_KITTY_SOCKET", "chaos_kitty.ipc"))
