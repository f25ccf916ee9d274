"""A server as an engineer writes it in fifteen minutes with Flask: lists come in an envelope, filters
are forgotten, and nothing is checked. It listens on the port of its first argument, 0 for a free
one, and prints its base URL."""

import json
import sys
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

BASE = "/tmf-api/partyInteraction/v4/partyInteraction"
RECORDS = {}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Or each answer waits until the head is acknowledged: 40 ms.
    disable_nagle_algorithm = True

    def answer(self, status, body=None, kind="application/json"):
        data = b"" if body is None else body.encode() if kind != "application/json" else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def not_found(self):
        self.answer(404, "<!doctype html><title>404 Not Found</title><h1>Not Found</h1>", "text/html")

    def body(self):
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        return json.loads(text)

    def do_GET(self):
        path = urlsplit(self.path).path.rstrip("/")
        if path == BASE:
            items = list(RECORDS.values())
            self.answer(200, {"items": items, "total": len(items)})
        elif path.startswith(BASE + "/") and path[len(BASE) + 1 :] in RECORDS:
            self.answer(200, RECORDS[path[len(BASE) + 1 :]])
        else:
            self.not_found()

    def do_POST(self):
        if urlsplit(self.path).path.rstrip("/") != BASE:
            return self.not_found()
        try:
            record = self.body()
            record["id"] = str(uuid.uuid4())
            record["href"] = f"http://{self.headers['Host']}{BASE}/{record['id']}"
        except Exception:
            return self.answer(500, "<!doctype html><h1>Internal Server Error</h1>", "text/html")
        RECORDS[record["id"]] = record
        return self.answer(201, record)

    def do_DELETE(self):
        path = urlsplit(self.path).path.rstrip("/")
        if RECORDS.pop(path[len(BASE) + 1 :], None) is None:
            return self.not_found()
        return self.answer(200, {"deleted": True})

    def refuse(self):
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        self.answer(405, "<!doctype html><h1>Method Not Allowed</h1>", "text/html")

    do_PATCH = do_PUT = refuse

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 0), Handler)
print(f"http://127.0.0.1:{server.server_port}/tmf-api/partyInteraction/v4/", flush=True)
server.serve_forever()
