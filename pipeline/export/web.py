"""Requests to a server's address, tried again while it is busy; the home of urllib3.

Everything sent here may be sent twice (it puts, replaces or deletes by id), so every request is tried again after 429,
500, 502, 503, 504, a lost connection or no answer within a minute: after what `Retry-After` says, or after a pause
that doubles each time. Where nobody listens at all three more tries are enough. Redirections are not followed, because
they would carry the key elsewhere.
"""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import urllib3
from urllib3.util import Retry, make_headers

from pipeline.errors import ServerUnavailable, SettingsError

T = TypeVar("T")
BUSY = frozenset({429, 500, 502, 503, 504})
_TRIES = 8
_FIRST, _LONGEST = 0.5, 60.0
_RETRY = Retry(
    total=_TRIES,
    connect=3,
    allowed_methods=None,
    status_forcelist=BUSY,
    backoff_factor=_FIRST,
    backoff_max=_LONGEST,
    raise_on_status=False,
    retry_after_max=600,
)


@dataclass(frozen=True, slots=True)
class Access:
    """What a server asks for; none of it is ever printed."""

    key: str | None = None
    user: str | None = None
    password: str | None = None


class Server:
    """A server at an address; a name and password in the address count as those of `access`."""

    def __init__(self, address: str, headers: Mapping[str, str], access: Access) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https"):
            raise SettingsError(f"{parts.scheme}: only http and https are spoken here")
        self.address = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])).rstrip("/")
        self._headers = dict(headers)
        user, password = parts.username or access.user, parts.password or access.password
        if user:
            self._headers |= make_headers(basic_auth=f"{user}:{password or ''}")
        self._pool = urllib3.PoolManager(retries=_RETRY, timeout=urllib3.Timeout(connect=10, read=60))

    def call(self, method: str, path: str, body: str | None = None, media_type: str = "application/json") -> "Answer":
        """The answer, whatever its status below 500 (429 aside).

        Raises:
            ServerUnavailable: still busy, or no answer, after the last try.
        """
        data = body.encode() if body is not None else None
        headers = self._headers | {"Content-Type": media_type}
        try:
            answer = self._pool.request(method, self.address + path, body=data, headers=headers, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            raise ServerUnavailable(f"{method} {self.address}{path}: {error}") from error
        found = Answer(f"{method} {self.address}{path.partition('?')[0]}", answer.status, answer.data)
        if answer.status in BUSY:
            raise ServerUnavailable(f"{found.request}: {answer.status} {found.text[:500]}")
        return found


@dataclass(frozen=True, slots=True)
class Answer:
    """What was asked, and the answer's status and bytes."""

    request: str
    status: int
    data: bytes

    @property
    def text(self) -> str:
        """The answer's text."""
        return self.data.decode(errors="replace")

    def each(self, count: int, field: str | None = None) -> list[dict[str, Any]]:
        """What is said of each row: the objects in a field of the answer, or one object a line.

        Raises:
            SettingsError: these are not as many objects as rows, so another kind of server answers there.
        """
        try:
            said = json.loads(self.data)[field] if field else [json.loads(line) for line in self.data.splitlines()]
        except (ValueError, KeyError, TypeError):
            said = None
        if not isinstance(said, list) or len(said) != count or not all(isinstance(item, dict) for item in said):
            raise SettingsError(f"{self.request}: not the answer of such a server: {self.text[:200]}")
        return said

    def accept(self, *allowed: int) -> "Answer":
        """Itself, if it is a success or of an allowed status.

        Raises:
            SettingsError: any other status.
        """
        if self.status < 300 or self.status in allowed:
            return self
        raise SettingsError(f"{self.request}: {self.status} {self.text[:500]}")


def sent(address: str, rows: list[T], send: Callable[[list[T]], Iterable[tuple[T, int, str]]]) -> list[tuple[T, str]]:
    """Send rows until the server puts none of them off; those that it refused, with the reason.

    Args:
        address: how the server is named in errors.
        rows: what to send.
        send: sends some rows and gives each back with its status and what is said of it.

    Raises:
        ServerUnavailable: rows were put off at every try, with a longer pause before each.
    """
    refused: list[tuple[T, str]] = []
    for turn in range(_TRIES + 1):
        if turn:
            time.sleep(min(_LONGEST, _FIRST * 2 ** (turn - 1)))
        later = []
        for row, status, reason in send(rows):
            if status in BUSY:
                later.append(row)
            elif status >= 300:
                refused.append((row, reason[:500]))
        if not later:
            return refused
        rows = later
    raise ServerUnavailable(f"{address}: {len(rows)} rows were put off again and again")
