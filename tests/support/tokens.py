"""A token server on loopback (RFC 6749), and Dovecot's question whether a token is good.

with TokenServer() as provider:
    provider.answers(access_token="a1", expires_in=3600)
    ...
    assert provider.asked[-1]["grant_type"] == "refresh_token"
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl


class TokenServer:
    """Answers what it was told to, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.good: dict[str, str] = {}
        """Access token to user name: what Dovecot is told."""
        self._answers: list[tuple[int, object, dict[str, str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                form = dict(parse_qsl(self.rfile.read(length).decode()))
                if self.path.startswith("/introspect"):
                    self._say(200, outer._introspected(form), {})
                    return
                outer.asked.append(form)
                self._say(*outer._answer())

            def _say(self, code: int, body: object, headers: dict[str, str]) -> None:
                raw = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(code)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *_: Any) -> None:
                """Nothing to standard error."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/token"
        self.introspection_url = self.url.replace("/token", "/introspect")
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> "TokenServer":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answers(self, code: int = 200, body: object = None, **fields: object) -> None:
        """The next answer; the last one is given for ever."""
        self._answers.append((code, fields if body is None else body, {}))

    def redirects(self, to: str) -> None:
        self._answers.append((302, {}, {"Location": to}))

    def _answer(self) -> tuple[int, object, dict[str, str]]:
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]

    def _introspected(self, form: dict[str, str]) -> dict[str, object]:
        user = self.good.get(form.get("token", ""))
        return {"active": True, "username": user} if user else {"active": False}
