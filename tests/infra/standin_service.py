"""A service reduced to its life: ready after a moment, ended by SIGTERM unless it is told to be stubborn."""

import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

BORN = time.monotonic()


class Ready(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if time.monotonic() - BORN > 0.2 else 503)
        self.end_headers()
        self.wfile.write(str(os.getpid()).encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


if __name__ == "__main__":
    if "--stubborn" in sys.argv:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("stand-in at", sys.argv[1], flush=True)
    HTTPServer(("127.0.0.1", int(sys.argv[1])), Ready).serve_forever()
