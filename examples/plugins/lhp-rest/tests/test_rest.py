"""The load rest, as flowgroups use it; its data source reads from a server here."""

import json
import sys
import threading
import types
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from unittest import mock

from lhp.testing import PluginTestCase

ROWS = [{"id": number} for number in range(7)]


class Api(BaseHTTPRequestHandler):
    """Seven records: by offset, by cursor, by link; and a page that fails at first."""

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers)))  # type: ignore[attr-defined]
        parts = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(parts.query))
        getattr(self, f"answer_{parts.path[1:]}")(query)

    def answer_offset(self, query: dict[str, str]) -> None:
        start = int(query["skip"])
        self.say({"data": {"items": ROWS[start : start + int(query["top"])]}})

    def answer_cursor(self, query: dict[str, str]) -> None:
        start = int(query.get("after", 0))
        following = start + 3 if start + 3 < len(ROWS) else None
        self.say({"items": ROWS[start : start + 3], "meta": {"next": following}})

    def answer_link(self, query: dict[str, str]) -> None:
        page = int(query.get("page", 0))
        links = [f'</link?page={max(page - 1, 0)}>; rel="prev"']
        if page < 2:
            links.append(f'</link?page={page + 1}>; title="a"; rel="next"')
        self.say(ROWS[3 * page : 3 * page + 3], Link=", ".join(links))

    def answer_away(self, query: dict[str, str]) -> None:
        self.say([], Link=f"<{query['to']}>; rel=next")

    def answer_moved(self, query: dict[str, str]) -> None:
        self.send_response(302)
        self.send_header("Location", query["to"])
        self.end_headers()

    def answer_loop(self, query: dict[str, str]) -> None:
        del query
        self.say([], Link='</loop>; rel="next"')

    def answer_shaky(self, query: dict[str, str]) -> None:
        del query
        if len(self.server.asked) < 3:  # type: ignore[attr-defined]
            self.send_response(503 if len(self.server.asked) == 1 else 429)  # type: ignore[attr-defined]
            self.send_header("Retry-After", "7")
            self.end_headers()
        else:
            self.say(ROWS)

    def answer_forbidden(self, query: dict[str, str]) -> None:
        del query
        self.send_response(403)
        self.end_headers()

    def say(self, answer: Any, **headers: str) -> None:
        body = json.dumps(answer).encode()
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def api() -> Iterator[tuple[str, list[tuple[str, dict[str, str]]]]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    server.asked = []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", server.asked  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()


class DataSource:
    """Stands in for Spark's."""

    def __init__(self, options: dict[str, str]) -> None:
        self.options = options


class Reading(PluginTestCase):
    """Runs the data source that the plugin puts beside the module."""

    plugin = "load_generator:rest"
    __test__ = False

    def source(self, action: dict[str, Any]) -> Any:
        made = self.generated({"source": {"columns": "id INT", **action}})
        fake = types.ModuleType("pyspark.sql.datasource")
        vars(fake).update(DataSource=DataSource, DataSourceReader=object)
        names: dict[str, Any] = {"__name__": "lhp_rest_source"}
        stand_ins = {"pyspark": fake, "pyspark.sql": fake, fake.__name__: fake}
        with mock.patch.dict(sys.modules, stand_ins):
            exec(made.files["lhp_rest_source.py"], names)  # noqa: S102  (what is under test)
        options: dict[str, str] = {}

        class Frame:
            """Stands in for Spark's reader: takes the options of the view."""

            def option(self, key: str, value: str) -> "Frame":
                options[key.upper()] = value  # Spark keeps no case
                return self

            def __getattr__(self, _: str) -> Any:
                return lambda *_: self

        session = types.SimpleNamespace(
            read=Frame(), dataSource=types.SimpleNamespace(register=lambda _: None)
        )
        module = {
            "cloudpickle": types.SimpleNamespace(
                register_pickle_by_value=lambda _: None
            ),
            "lhp_rest_source": types.SimpleNamespace(RestSource=names["RestSource"]),
            "dp": types.SimpleNamespace(temporary_view=lambda: lambda view: view),
            "F": Frame(),
            "spark": session,
        }
        exec(made.code, module)  # noqa: S102  (what is under test)
        module["v_action"]()
        return names["RestSource"](options)

    def rows(self, action: dict[str, Any]) -> list[Any]:
        source = self.source(action)
        return [json.loads(row) for (row,) in source.reader(source.schema()).read(None)]


class TestPages(Reading):
    def test_offset(self) -> None:
        with api() as (url, asked):
            paging = {"style": "offset", "offset_param": "skip", "limit_param": "top"}
            rows = self.rows(
                {
                    "url": f"{url}/offset?x=1",
                    "records": "data.items",
                    "pagination": {**paging, "page_size": 3},
                }
            )
        self.assertEqual(rows, ROWS)
        paths = [path for path, _ in asked]
        self.assertEqual(paths[0], "/offset?x=1&top=3&skip=0")
        self.assertEqual(paths[2], "/offset?x=1&top=3&skip=6")
        self.assertEqual(len(paths), 3)

    def test_offset_with_a_full_last_page(self) -> None:
        with api() as (url, asked):
            paging = {"style": "offset", "offset_param": "skip", "limit_param": "top"}
            rows = self.rows(
                {
                    "url": f"{url}/offset",
                    "records": "data.items",
                    "pagination": {**paging, "page_size": 7},
                }
            )
        self.assertEqual(rows, ROWS)
        self.assertEqual(len(asked), 2)

    def test_cursor(self) -> None:
        with api() as (url, asked):
            paging = {
                "style": "cursor",
                "cursor_param": "after",
                "cursor_path": "meta.next",
            }
            rows = self.rows(
                {
                    "url": f"{url}/cursor",
                    "records": "items",
                    "params": {"q": "a&b"},
                    "pagination": paging,
                }
            )
        self.assertEqual(rows, ROWS)
        self.assertEqual(asked[1][0], "/cursor?q=a%26b&after=3")

    def test_link(self) -> None:
        with api() as (url, asked):
            rows = self.rows({"url": f"{url}/link", "pagination": {"style": "link"}})
        self.assertEqual(rows, ROWS)
        self.assertEqual(len(asked), 3)

    def test_one_page(self) -> None:
        with api() as (url, asked):
            rows = self.rows({"url": f"{url}/link"})
        self.assertEqual(rows, ROWS[:3])
        self.assertEqual(len(asked), 1)

    def test_pages_that_do_not_end(self) -> None:
        with api() as (url, _), self.assertRaisesRegex(RuntimeError, "do not end"):
            self.rows({"url": f"{url}/loop", "pagination": {"style": "link"}})

    def test_no_list(self) -> None:
        with api() as (url, _), self.assertRaisesRegex(TypeError, "no list at 'a.b'"):
            self.rows({"url": f"{url}/link", "records": "a.b"})


class TestRequests(Reading):
    def test_a_token_stays_with_its_host(self) -> None:
        with api() as (other, others), api() as (url, asked):
            self.rows(
                {
                    "url": f"{url}/away?to={other}/link",
                    "token": "t0p",
                    "headers": {"X-Team": "data"},
                    "pagination": {"style": "link"},
                }
            )
        self.assertEqual(asked[0][1]["Authorization"], "Bearer t0p")
        self.assertEqual(asked[0][1]["X-Team"], "data")
        self.assertEqual(len(others), 3)
        for _, headers in others:
            self.assertNotIn("Authorization", headers)
            self.assertNotIn("X-Team", headers)

    def test_a_redirection_gets_what_its_host_may_see(self) -> None:
        with api() as (other, others), api() as (url, asked):
            self.rows({"url": f"{url}/moved?to={other}/link", "token": "t0p"})
            self.rows({"url": f"{url}/moved?to={url}/link", "token": "t0p"})
        self.assertNotIn("Authorization", others[0][1])
        self.assertEqual(asked[-1][0], "/link")
        self.assertEqual(asked[-1][1]["Authorization"], "Bearer t0p")

    def test_a_link_to_a_file_is_not_followed(self) -> None:
        action = {"pagination": {"style": "link"}}
        with (
            api() as (url, _),
            self.assertRaisesRegex(RuntimeError, "no address of an"),
        ):
            self.rows({"url": f"{url}/away?to=file:///etc/passwd", **action})

    def test_tries_again_and_waits_as_told(self) -> None:
        with api() as (url, asked), mock.patch("time.sleep") as sleep:
            self.assertEqual(self.rows({"url": f"{url}/shaky"}), ROWS)
        self.assertEqual(len(asked), 3)
        self.assertEqual([call.args for call in sleep.mock_calls], [(7.0,), (7.0,)])

    def test_gives_up(self) -> None:
        with (
            api() as (url, asked),
            self.assertRaisesRegex(RuntimeError, "answered 503"),
        ):
            self.rows({"url": f"{url}/shaky", "retries": 0})
        self.assertEqual(len(asked), 1)

    def test_a_refusal_is_not_asked_again(self) -> None:
        with (
            api() as (url, asked),
            self.assertRaisesRegex(RuntimeError, "answered 403"),
        ):
            self.rows({"url": f"{url}/forbidden"})
        self.assertEqual(len(asked), 1)

    def test_a_server_that_is_gone(self) -> None:
        with api() as (url, _):
            pass
        with (
            mock.patch("time.sleep"),
            self.assertRaisesRegex(RuntimeError, "not answer"),
        ):
            self.rows({"url": f"{url}/link", "retries": 1})


class TestRest(PluginTestCase):
    plugin = "load_generator:rest"

    def test_the_view(self) -> None:
        self.assert_generates(
            """
            name: rates
            source: {url: https://example.com/rates, columns: "rate DOUBLE"}
            target: v_rates
            """,
            """
            cloudpickle.register_pickle_by_value(lhp_rest_source)
            spark.dataSource.register(lhp_rest_source.RestSource)

            @dp.temporary_view()
            def v_rates():
                '''rates'''
                df = (
                    spark.read.format("lhp_rest")
                    .option("url", "https://example.com/rates")
                    .option("style", "none")
                    .option("retries", "5")
                    .option("timeout", "30")
                    .option("max_pages", "100000")
                    .load()
                    .select(F.from_json("record", "rate DOUBLE").alias("record"))
                    .select("record.*")
                )
                return df
            """,
        )

    def test_the_code_needs_no_lhp(self) -> None:
        made = self.generated("source: {url: https://example.com/, columns: a INT}")
        for text in (made.code, *made.imports, *made.files.values()):
            self.assertNotIn("import lhp\n", text)
            self.assertNotIn("from lhp", text)

    def test_what_is_refused(self) -> None:
        self.assert_problem("source: {columns: a INT}", "url")
        self.assert_problem("source: {url: https://example.com/}", "columns")
        self.assert_problem(
            "source: {url: 'file:///etc/passwd', columns: a INT}", "url"
        )
        paging = "{style: link, page_size: 5}"
        source = f"{{url: https://e.com, columns: a INT, pagination: {paging}}}"
        self.assert_problem(f"source: {source}", "no use to the style 'link'")
        source = "{url: https://e.com, columns: a INT}"
        self.assert_problem(f"{{source: {source}, readMode: stream}}", "in batches")
