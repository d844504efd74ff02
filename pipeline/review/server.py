"""The review server: pages, page images, and decisions; for this machine only.

A page of another site cannot make decisions: requests must name this server as host, a foreign origin is refused, and
a decision needs the token that only this server's own pages carry.
"""

import contextlib
import hmac
import json
import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline import corrections, glyphs
from pipeline.archive import file_of
from pipeline.config import LimitsConfig
from pipeline.drawing import Drawer, Drawn, Undrawn, is_drawn, is_safe, raw_file
from pipeline.errors import SettingsError
from pipeline.manifest import Entry
from pipeline.network import showing
from pipeline.report import site
from pipeline.report.marks import Alignment
from pipeline.review.reader import Read, Reader

HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
TOKEN = "x-review-token"
LARGEST = 65_536
MOST_GLYPHS = 20
MOST_PICTURES = 64
"""Page pictures that the server keeps."""
TEMPLATES = Path(__file__).parent / "templates"
STATIC = {
    "style.css": "text/css",
    "travel.js": "text/javascript",
    "review.js": "text/javascript",
    "glyphs.js": "text/javascript",
}


class Guard:
    """Refuses other hosts and origins, and puts the safety headers on every answer."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self._app, self._hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        own = {f"http://{host}" for host in self._hosts}

        async def safe(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *((n.encode(), v.encode()) for n, v in HEADERS.items())]
            await send(message)

        if headers.get("host") not in self._hosts or headers.get("origin", next(iter(own))) not in own:
            await Response("refused: another host or origin", 403)(scope, receive, safe)
            return
        await self._app(scope, receive, safe)


class Review:
    """What the pages and the decisions need."""

    def __init__(self, raw: Path, clean: Path, who: str, reader: Reader, token: str,
                 limits: LimitsConfig | None = None) -> None:  # fmt: skip
        self.raw, self.clean, self.who, self.reader, self.token = raw, clean, who, reader, token
        self.folder = corrections.folder_of(clean)
        self.templates = site.environment(TEMPLATES)
        self._items: dict[str, tuple[tuple[int, int], dict[str, Any]]] = {}
        self.drawer = Drawer(limits)
        self._pictures: OrderedDict[tuple[str, int], Drawn] = OrderedDict()

    def find(self, name: str) -> tuple[Entry, dict[str, Any]]:
        """A document by the name of its page; names are looked up, never taken as paths."""
        for row in site.shown_entries(self.clean):
            if site.page_name(row.path) == name:
                document = site.document_of(self.clean, row)
                if document is not None:
                    return row, document
        raise HTTPException(404, "no such document")

    def overview(self) -> str:
        """The front page."""
        rows = site.shown_entries(self.clean)
        listed = [self._item(row) for row in rows]
        for one in listed:
            one["decided"] = len(corrections.load(self.folder, one["row"].sha256)) if one["href"] else 0
        words = glyphs.load(self.folder)
        now = {word.key: word.id for word in words}
        shown = showing(self.clean, (word.key for word in words)) if words else []
        told = [(word, now[word.key] == word.id, len(where)) for word, where in zip(words, shown, strict=True)][::-1]
        return self._page("review_index.html", site.overview(rows, listed) | {"told": told})

    def _item(self, row: Entry) -> dict[str, Any]:
        """A row of the front page; what was read of a document is kept until its file changes."""
        file = file_of(self.clean, row)
        info = file.stat() if file else None
        state = (info.st_mtime_ns, info.st_size) if info else (0, 0)
        known = self._items.get(row.path)
        if known is None or known[0] != state:
            known = self._items[row.path] = state, site.item(row, site.document_of(self.clean, row))
        return known[1] | {"row": row}

    def document(self, name: str) -> str:
        """A document's page."""
        row, document = self.find(name)
        context = site.document_context(document, row, site.links_of(site.shown_entries(self.clean)))
        images, left_out = self._places(name.removesuffix(".html"), document)
        decisions = corrections.load(self.folder, document["source"]["sha256"])
        settled = corrections.settle(document["raw_text"], decisions)
        more = {
            "images": images,
            "left_out": left_out,
            "settled": settled[::-1],
            "name": name,
            "state": self.reader.state(row.path),
        }
        return self._page("review_document.html", context | more)

    def _page(self, template: str, context: dict[str, Any]) -> str:
        own = {"assets": "/static/", "review": True, "token": self.token, "who": self.who}
        return self.templates.get_template(template).render(context | own)

    def _places(self, name: str, document: dict[str, Any]) -> tuple[dict[int, str], dict[int, Undrawn]]:
        """Where the pictures of a document's pages are asked for, and why there is none of others."""
        source = document["source"]
        if not is_drawn(document):
            return {}, {}
        numbers = {page["number"]: is_safe(page) for page in document["pages"]}
        if raw_file(self.raw, source["path"]) is None:
            return {}, {n: Undrawn.GONE if safe else Undrawn.UNSAFE for n, safe in numbers.items()}
        images = {n: f"/image/{source['sha256']}/{name}/{n}.webp" for n, safe in numbers.items() if safe}
        return images, {n: Undrawn.UNSAFE for n, safe in numbers.items() if not safe}

    def picture(self, name: str, sha256: str, number: int) -> Drawn:
        """The picture of a page of the document with these raw bytes, or why there is none; the last ones are kept.

        Raises:
            HTTPException: there is no such page.
        """
        known = self._pictures.get((sha256, number))
        if known is not None:
            return known
        document = self.find(name)[1]
        if document["source"]["sha256"] != sha256 or number not in {page["number"] for page in document["pages"]}:
            raise HTTPException(404, "no such page")
        for _, drawn in self.drawer.draw(self.raw, document, [number], site.LOOK):
            if not isinstance(drawn, Undrawn):
                self._pictures[sha256, number] = drawn
                if len(self._pictures) > MOST_PICTURES:
                    self._pictures.popitem(last=False)
            return drawn
        raise HTTPException(404, "no such page")

    def decide(self, asked: Any) -> dict[str, Any]:
        """Take a decision: checked against the document as it is, written down, and the document read again."""
        if not isinstance(asked, dict):
            raise HTTPException(400, "not an object")
        action, name, span = asked.get("action"), asked.get("document"), asked.get("place")
        text, seen, note, who = (asked.get(key) for key in ("text", "seen", "note", "who"))
        if not isinstance(name, str) or not isinstance(action, str) or not isinstance(seen, str):
            raise HTTPException(400, "not a decision")
        if not isinstance(span, list) or len(span) != 2 or not all(type(n) is int for n in span):
            raise HTTPException(400, "not a decision")
        if not all(value is None or isinstance(value, str) for value in (text, note, who)):
            raise HTTPException(400, "not text")
        row, document = self.find(str(name))
        place = (span[0], span[1])
        if not 0 <= place[0] <= place[1] <= len(document["raw_text"]):
            raise HTTPException(400, "no such place")
        if asked.get("kind") == "line" and action == "type":
            place, text = _line_edit(document, place, seen, text or "")
        try:
            decision = corrections.decide(document["raw_text"], document["source"]["sha256"], who or self.who,
                                          str(action), place, text, note)  # fmt: skip
            corrections.append(self.folder, decision)
        except ValueError as error:
            raise HTTPException(400, str(error)) from error
        if decision.action != "note":
            self.reader.ask(row.path)
        return {"id": decision.id, "who": decision.who, "when": decision.when, "action": decision.action,
                "before": decision.before, "after": decision.after, "note": decision.note,
                "glyphs": self._elsewhere(document, decision)}  # fmt: skip

    def _elsewhere(self, document: dict[str, Any], decision: corrections.Decision) -> list[dict[str, Any]]:
        """The glyphs whose letter a decision tells, with where else the archive shows them; none told already."""
        known = glyphs.told(glyphs.load(self.folder))
        told = {}
        for number, letter in letters_told(document, decision).items():
            key = document["glyphs"][number]["font"], document["glyphs"][number]["shape"]
            if known.get(key) != letter:
                told[key] = letter
        where = showing(self.clean, told) if told else []
        return [
            {"font": font, "shape": shape, "after": letter, "places": total, "documents": len(places)}
            for ((font, shape), letter), places in zip(told.items(), where, strict=True)
            if (total := sum(places.values())) > 1
        ]

    def say(self, asked: Any) -> dict[str, Any]:
        """Take words about glyphs of a document, or take one back; every document that shows one is read again."""
        if not isinstance(asked, dict):
            raise HTTPException(400, "not an object")
        wanted, who, name = asked.get("glyphs"), asked.get("who"), asked.get("document")
        because = asked.get("decision") or ""
        if not isinstance(wanted, list) or not 0 < len(wanted) <= MOST_GLYPHS or not isinstance(because, str):
            raise HTTPException(400, "not glyphs")
        if not all(value is None or isinstance(value, str) for value in (who, name)):
            raise HTTPException(400, "not text")
        sha256 = self.find(name)[1]["source"]["sha256"] if name is not None else ""
        words = []
        for one in wanted:
            font, shape, after = (
                (one.get(part) for part in ("font", "shape", "after")) if isinstance(one, dict) else [0] * 3
            )
            if not isinstance(font, str) or not isinstance(shape, str) or not isinstance(after, str | None):
                raise HTTPException(400, "not a glyph")
            try:
                words.append(glyphs.say(who or self.who, (font, shape), after, sha256, because))
            except ValueError as error:
                raise HTTPException(400, str(error)) from error
        shown = showing(self.clean, (word.key for word in words))
        if not all(shown):
            raise HTTPException(400, "no document shows such a glyph")
        for word in words:
            glyphs.append(self.folder, word)
        paths = sorted({path for places in shown for path in places})
        for path in paths:
            self.reader.ask(path)
        return {"documents": len(paths)}


def letters_told(document: dict[str, Any], decision: corrections.Decision) -> dict[int, str]:
    """The letter of each glyph (by its number) that a decision tells: where it gives one letter for each raw one.

    A glyph for which it gives two letters is left out.
    """
    if decision.after is None or len(decision.after) != len(decision.before):
        return {}
    start, end = decision.raw_span
    found: dict[int, set[str]] = {}
    for repair in document["repairs"]:
        first = repair["raw_span"][0]
        for at, glyph in enumerate(repair["glyphs"], first):
            if glyph is not None and start <= at < end:
                found.setdefault(glyph, set()).add(decision.after[at - start])
    return {glyph: min(letters) for glyph, letters in sorted(found.items()) if len(letters) == 1}


def _line_edit(document: dict[str, Any], place: tuple[int, int], seen: str, typed: str) -> tuple[tuple[int, int], str]:
    """The changed words of a typed line, as raw letters and the text that they stand for."""
    repairs = corrections.repairs_of(document)
    (start, end), _ = corrections.text_place(repairs, place)
    if document["text"][start:end] != seen:
        raise HTTPException(409, "the line has changed since this page was opened; reload it")
    (low, high), text = corrections.trimmed(seen, typed)
    if low == high and not text:
        raise HTTPException(400, "nothing changed")
    wide, raw = Alignment(document["repairs"]).raw((start + low, start + high))
    wide = max(wide[0], start), min(wide[1], end)
    whole = document["text"]
    return raw, whole[wide[0] : start + low] + text + whole[start + high : wide[1]]


def application(raw: Path, clean: Path, who: str, read: Read, port: int, token: str | None = None,
                limits: LimitsConfig | None = None) -> Starlette:  # fmt: skip
    """The server as an application.

    Args:
        raw: raw folder, for page images.
        clean: clean folder; corrections lie beside it.
        who: the name on decisions made here.
        read: reads one document again and writes its JSON.
        port: where it listens, for the check of the Host header.
        token: what pages must send with a decision; made anew without.
        limits: what drawing a page may take.
    """
    review = Review(raw, clean, who, Reader(read), token or secrets.token_urlsafe(32), limits)

    async def index(request: Request) -> Response:
        return HTMLResponse(await run_in_threadpool(review.overview))

    async def document(request: Request) -> Response:
        return HTMLResponse(await run_in_threadpool(review.document, request.path_params["name"] + ".html"))

    async def picture(request: Request) -> Response:
        name, sha256, number = (request.path_params[part] for part in ("name", "sha256", "number"))
        drawn = await run_in_threadpool(review.picture, f"{name}.html", sha256, number)
        if isinstance(drawn, Undrawn):  # no error: the line that stands in place of the picture
            return JSONResponse({"code": drawn, "vi": drawn.vi, "en": drawn.en})
        return Response(drawn, media_type="image/webp")

    async def static(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in STATIC:
            raise HTTPException(404)
        folder = TEMPLATES if (TEMPLATES / name).is_file() else site.TEMPLATES
        return Response((folder / name).read_bytes(), media_type=STATIC[name])

    async def taken(request: Request, take: Callable[[Any], dict[str, Any]]) -> Response:
        given = request.headers.get(TOKEN, "")
        if not hmac.compare_digest(given.encode(), review.token.encode()):
            raise HTTPException(403, "the token is missing or wrong; reload the page")
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > LARGEST:
                raise HTTPException(413, "too long")
        try:
            asked = json.loads(body)
        except ValueError as error:
            raise HTTPException(400, "not JSON") from error
        return JSONResponse(await run_in_threadpool(take, asked))

    async def decide(request: Request) -> Response:
        return await taken(request, review.decide)

    async def say(request: Request) -> Response:
        return await taken(request, review.say)

    async def state(request: Request) -> Response:
        row, found = await run_in_threadpool(review.find, request.path_params["name"] + ".html")
        return JSONResponse({"state": review.reader.state(row.path), "holes": len(found["holes"])})

    async def refused(request: Request, error: Exception) -> Response:
        status, detail = (error.status_code, error.detail) if isinstance(error, HTTPException) else (500, "")
        if request.method == "GET" and not request.url.path.startswith("/state/"):
            return HTMLResponse(review.templates.get_template("error.html").render(detail=detail), status)
        return JSONResponse({"error": detail}, status)

    async def settings_wrong(request: Request, error: Exception) -> Response:
        return JSONResponse({"error": str(error)}, 500)

    async def home(request: Request) -> Response:
        return RedirectResponse("/index.html")

    @contextlib.asynccontextmanager
    async def running(app: Starlette) -> AsyncIterator[None]:
        await run_in_threadpool(review.drawer.start)
        yield
        await run_in_threadpool(review.drawer.close)

    app = Starlette(
        lifespan=running,
        routes=[
            Route("/", home),
            Route("/index.html", index),
            Route("/static/{name}", static),
            Route("/image/{sha256}/{name}/{number:int}.webp", picture),
            Route("/state/{name}.html", state),
            Route("/decide", decide, methods=["POST"]),
            Route("/glyphs", say, methods=["POST"]),
            Route("/{name}.html", document),
        ],
        exception_handlers={HTTPException: refused, SettingsError: settings_wrong},
    )
    app.add_middleware(Guard, hosts=frozenset({f"127.0.0.1:{port}", f"localhost:{port}"}))
    app.state.review = review
    return app


def serve(
    raw: Path, clean: Path, who: str, read: Callable[[str], None], port: int, limits: LimitsConfig | None = None
) -> None:
    """Serve on 127.0.0.1 until interrupted."""
    import uvicorn

    app = application(raw, clean, who, read, port, limits=limits)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", server_header=False)
