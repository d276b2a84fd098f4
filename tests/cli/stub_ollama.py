"""A stand-in for an Ollama server on the loopback interface, well-behaved or not."""
import hashlib
import http.server
import json
import struct
import threading
import time

DIM = 8


def embed(text):
    """The same text gives the same vector, whatever the machine."""
    digest = hashlib.sha256(text.encode()).digest()
    return [value / 2**31 for value in struct.unpack("<8i", digest)]


class StubOllama:
    """`behaviour`: "good", "rubbish" (no JSON), "short" (a vector too few), "unknown" (no such model),
    "error" (status 500), "slow" (answers after `delay` seconds)."""

    def __init__(self, behaviour="good", delay=0.0, dimension=DIM):
        self.behaviour, self.delay, self.dimension = behaviour, delay, dimension
        self.texts = []
        self.lock = threading.Lock()
        self.asked = threading.Event()  # once a "slow" answer is on its way
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, path, request):
        """(status, body)"""
        if self.behaviour == "error":
            return 500, {"error": "the runner has crashed"}
        if self.behaviour == "unknown":
            return 404, {"error": f"model \"{request.get('model')}\" not found, try pulling it first"}
        if path != "/api/embed":
            return 404, {"error": "not found"}
        texts = request["input"] if isinstance(request["input"], list) else [request["input"]]
        with self.lock:
            self.texts += texts
        vectors = [(embed(text) * self.dimension)[:self.dimension] for text in texts]
        if self.behaviour == "short":
            vectors = vectors[1:]
        return 200, {"model": request["model"], "embeddings": vectors}

    def handler(stub):
        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def send(self, status, body):
                data = b"<html>welcome" if stub.behaviour == "rubbish" else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def do_GET(self):
                self.send(200, {"models": []})

            def do_POST(self):
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if stub.behaviour == "slow" and self.path == "/api/embed":
                    stub.asked.set()
                    time.sleep(stub.delay)
                try:
                    self.send(*stub.answer(self.path, request))
                except BrokenPipeError:
                    pass

        return Handler
