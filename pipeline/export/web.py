"""One HTTP request, with our errors."""

import base64
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping

from pipeline.errors import SettingsError

_SECONDS = 60


def call(
    method: str,
    address: str,
    body: str | None,
    headers: Mapping[str, str],
    media_type: str = "application/json",
    allow: tuple[int, ...] = (),
) -> bytes:
    """The body of the answer; a name and password in the address are sent as basic authentication.

    Raises:
        SettingsError: no answer, or a status from 400 on that is not allowed; the address without its password.
    """
    parts = urllib.parse.urlsplit(address)
    if parts.scheme not in ("http", "https"):
        raise SettingsError(f"{parts.scheme}: only http and https are spoken here")
    host = parts.netloc.rpartition("@")[2]
    plain = urllib.parse.urlunsplit(parts._replace(netloc=host))
    sent = {"Content-Type": media_type, **headers}
    if parts.username:
        pair = f"{urllib.parse.unquote(parts.username)}:{urllib.parse.unquote(parts.password or '')}"
        sent["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    data = body.encode() if body is not None else None
    request = urllib.request.Request(plain, data, sent, method=method)
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        if error.code in allow:
            return bytes(error.read())
        detail = error.read()[:500].decode(errors="replace")
        raise SettingsError(f"{method} {plain}: {error.code} {detail}") from error
    except OSError as error:
        raise SettingsError(f"{method} {plain}: {error}") from error
