"""A Python data source of PySpark: the records of a REST API, page by page, as JSON."""

from __future__ import annotations

import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from email.message import Message
from typing import Any

from pyspark.sql.datasource import DataSource, DataSourceReader

_NEXT = re.compile(r'<([^>]*)>(?=[^<]*;\s*rel="?next"?(?:[;,\s]|$))', re.IGNORECASE)
_TOO_MANY = 429
_OF_SERVER = 500
_LONGEST_PAUSE = 60.0


class RestSource(DataSource):
    """Spark's door to an API: `spark.read.format("lhp_rest").option("url", ...)`."""

    @classmethod
    def name(cls) -> str:
        """Return the format by which Spark knows it."""
        return "lhp_rest"

    def schema(self) -> str:
        """Return one column: a record as JSON, so that Spark itself reads its types."""
        return "record STRING"

    def reader(self, schema: Any) -> RestReader:
        """Return what reads the pages; they come one after the other, in one task."""
        del schema
        return RestReader(dict(self.options))


class RestReader(DataSourceReader):
    """Asks for one page after the other."""

    def __init__(self, options: Mapping[str, str]) -> None:
        # Options reach Python in small letters, whatever they were.
        self.options = {key.lower(): value for key, value in options.items()}

    def read(self, partition: Any) -> Iterator[tuple[str]]:
        """Yield the records as JSON texts."""
        del partition
        for page in self.pages():
            for record in _records(page, self.options.get("records", "")):
                yield (json.dumps(record, ensure_ascii=False),)

    def pages(self) -> Iterator[Any]:
        """Yield the answers, parsed.

        Raises:
            RuntimeError: When they do not end.
        """
        url: str | None = self._first()
        seen: set[str] = set()
        while url:
            if url in seen or len(seen) >= int(self.options["max_pages"]):
                message = f"the pages do not end: {len(seen)} came, then {url}"
                raise RuntimeError(message)
            seen.add(url)
            page, headers = self._answer(url)
            yield page
            url = self._next(url, page, headers)

    def _first(self) -> str:
        params = json.loads(self.options.get("params", "{}"))
        if self.options["style"] == "offset":
            params[self.options["limit_param"]] = self.options["page_size"]
            params[self.options["offset_param"]] = 0
        return _with(self.options["url"], params)

    def _next(self, url: str, page: Any, headers: Message) -> str | None:
        style = self.options["style"]
        if style == "offset":
            size, key = int(self.options["page_size"]), self.options["offset_param"]
            if len(_records(page, self.options.get("records", ""))) < size:
                return None
            query = urllib.parse.urlsplit(url).query
            return _with(url, {key: int(urllib.parse.parse_qs(query)[key][0]) + size})
        if style == "cursor":
            cursor = _at(page, self.options["cursor_path"])
            return (
                _with(url, {self.options["cursor_param"]: cursor}) if cursor else None
            )
        if style == "link":
            found = _NEXT.search(", ".join(headers.get_all("Link", [])))
            return urllib.parse.urljoin(url, found[1]) if found else None
        return None

    def _answer(self, url: str) -> tuple[Any, Message]:
        if not url.startswith(("http://", "https://")):
            message = f"{url} is no address of an API"
            raise RuntimeError(message)
        request = urllib.request.Request(url, headers=self._headers(url))
        opener = urllib.request.build_opener(_Redirects(self._headers))
        left = int(self.options["retries"])
        pause = 1.0
        while True:
            try:
                with opener.open(
                    request, timeout=int(self.options["timeout"])
                ) as answer:
                    return json.load(answer), answer.headers
            except urllib.error.HTTPError as error:
                error.close()
                if left == 0 or (error.code != _TOO_MANY and error.code < _OF_SERVER):
                    message = f"{url} answered {error.code} {error.reason}"
                    raise RuntimeError(message) from error
                time.sleep(_pause(error.headers, pause))
            except OSError as error:
                if left == 0:
                    message = f"{url} does not answer: {error}"
                    raise RuntimeError(message) from error
                time.sleep(pause)
            left -= 1
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _headers(self, url: str) -> dict[str, str]:
        headers = {"Accept": "application/json"}
        if _host(url) != _host(self.options["url"]):
            return headers  # a link to another host gets no token, and no header that may hold one
        headers.update(json.loads(self.options.get("headers", "{}")))
        if "token" in self.options:
            headers["Authorization"] = f"Bearer {self.options['token']}"
        return headers


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a redirection with the headers that its own host may see."""

    def __init__(self, headers_of: Callable[[str], dict[str, str]]) -> None:
        self.headers_of = headers_of

    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        """Return the request to send instead."""
        if super().redirect_request(req, fp, code, msg, headers, newurl) is None:
            return None
        return urllib.request.Request(newurl, headers=self.headers_of(newurl))


def _host(url: str) -> tuple[str, str]:
    parts = urllib.parse.urlsplit(url)
    return parts.scheme, parts.netloc


def _with(url: str, params: Mapping[str, Any]) -> str:
    """Return an address with query parameters set."""
    parts = urllib.parse.urlsplit(url)
    kept = [
        (key, value)
        for key, value in urllib.parse.parse_qsl(parts.query, keep_blank_values=True)
        if key not in params
    ]
    query = urllib.parse.urlencode([*kept, *params.items()])
    return urllib.parse.urlunsplit(parts._replace(query=query))


def _at(page: Any, path: str) -> Any:
    for key in path.split(".") if path else ():
        page = page.get(key) if isinstance(page, dict) else None
    return page


def _records(page: Any, path: str) -> list[Any]:
    found = _at(page, path)
    if not isinstance(found, list):
        where = f"at {path!r}" if path else "as a whole"
        message = f"the answer holds no list {where}"
        raise TypeError(message)
    return found


def _pause(headers: Message, otherwise: float) -> float:
    """Return the seconds that an answer asks to wait, within reason."""
    asked = headers.get("Retry-After", "")
    return min(float(asked), _LONGEST_PAUSE) if asked.isdecimal() else otherwise
