"""Paths that no route names: a page for people's browsers, a refusal for programs."""

from __future__ import annotations

from handlers.base import UnknownRoute
from handlers.errors import ErrorBody

#: Where programs ask; what is refused there is refused as ever.
API = "/v1/"

PAGE = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>没有这个页面 No such page</title>
<link rel="icon" href="/static/icon.svg">
<link rel="stylesheet" href="/static/style.css">
</head>
<body>
<header class="bar"><a class="brand" href="/">揽件 <small>Lanjian</small></a></header>
<main class="narrow">
<h1>没有这个页面 <small>There is no such page</small></h1>
<p>请检查网址是否完整。 <small>Please see whether the address is whole.</small></p>
<p><a href="/">回到首页 <small>Home</small></a></p>
</main>
</body>
</html>
"""


class NoPage(UnknownRoute):
    """Every path that no route names."""

    def _send_error(self, body: ErrorBody) -> None:
        asks_for_page = "text/html" in self.request.headers.get("Accept", "")
        if self.request.path.startswith(API) or not asks_for_page:
            super()._send_error(body)
            return
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Content-Security-Policy", self.settings["content_policy"])
        self.set_header("Referrer-Policy", "no-referrer")
        self.finish(PAGE)
