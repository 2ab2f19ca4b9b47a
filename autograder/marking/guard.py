"""Who may speak to the marking page: a browser on this machine that has been shown the address with its token.

Any page on the web can make a browser send requests to this machine, and can give a name of its own to 127.0.0.1. So
every request names this machine as its host, writes come from our own page, and each carries a cookie that only the
address with the token sets.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Mapping

HOST = re.compile(r"(?:127\.0\.0\.1|localhost)(?::\d{1,5})?", re.ASCII)
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Guard:
    """Knows the token of one server, and the cookie of those who came with it."""

    def __init__(self, port: int) -> None:
        self.token = secrets.token_urlsafe(32)
        self.cookie = secrets.token_urlsafe(32)
        self.cookie_name = f"autograder-mark-{port}"  # browsers send cookies to every port

    def lets_in(self, token: str) -> bool:
        """Return whether this is the token."""
        return hmac.compare_digest(token.encode(), self.token.encode())

    def knows(self, cookie: str) -> bool:
        """Return whether this is the cookie."""
        return hmac.compare_digest(cookie.encode(), self.cookie.encode())

    def objection(self, method: str, headers: Mapping[str, str]) -> str:
        """Return what is wrong with where a request comes from, in a sentence; an empty string if nothing is."""
        host, origin = headers.get("Host", ""), headers.get("Origin")
        if not HOST.fullmatch(host):
            return "This page is for this machine only: open it as 127.0.0.1, through `ssh -L` if it runs elsewhere."
        if origin is None and method not in ("GET", "HEAD"):
            return "This request does not say which page sends it."
        if origin is not None and origin != f"http://{host}":
            return "Another page has sent this request."
        if method not in ("GET", "HEAD") and headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            return "Another page has sent this request."
        return ""
