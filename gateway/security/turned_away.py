"""What somebody reads who is not let in: refusals of signing in, as a page where a browser asks."""

from collections.abc import Awaitable, Callable
from functools import wraps
from html import escape
from http import HTTPStatus

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from gateway.answers import Refused

_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
_WORDS = {
    "ko": ("로그인하지 못했습니다", "다시 로그인", "문제가 계속되면 관리자에게 문의하세요."),
    "en": ("You are not signed in", "Sign in again", "If it happens again, ask an administrator."),
}
_WHY_KO = {
    HTTPStatus.BAD_REQUEST: "로그인 요청이 오래되었거나 이 브라우저에서 시작되지 않았습니다.",
    HTTPStatus.UNAUTHORIZED: "로그인 제공자가 거절했습니다.",
    HTTPStatus.FORBIDDEN: "로그인 제공자가 이 계정의 접근을 허용하지 않았습니다.",
    HTTPStatus.NOT_FOUND: "이 서버에는 로그인 제공자가 설정되어 있지 않습니다.",
    HTTPStatus.SERVICE_UNAVAILABLE: "로그인 제공자가 응답하지 않습니다. 잠시 후 다시 시도하세요.",
}
_PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title} · aicc</title>
<link rel="icon" href="/ui/shared/icon.svg">
<link rel="stylesheet" href="/ui/shared/base.css">
<link rel="stylesheet" href="/ui/agent/agent.css">
</head>
<body><main class="signin"><div class="card stack">
<h1>{title}</h1>
<p class="notice bad" role="alert">{why}</p>
<p class="quiet">{hint}</p>
<p><a class="button main" href="/auth/login?next=/ui/agent">{again}</a></p>
</div></main></body>
</html>
"""
_Ask = Callable[[Request], Awaitable[Response]]


class _Said(msgspec.Struct):
    detail: str = ""


def readable(answer: _Ask) -> _Ask:
    """The same; who is refused and would rather read a page gets one, of the same status."""

    @wraps(answer)
    async def answered(request: Request) -> Response:
        try:
            return await answer(request)
        except Refused as refused:
            if "text/html" not in request.headers.get("accept", ""):
                raise
            return _page(refused, language_of(request.headers.get("accept-language", "")))

    return answered


def language_of(accepted: str) -> str:
    """Of the two that pages have the one that is named first; English where neither is."""
    named = (one.strip()[:2].lower() for one in accepted.split(","))
    return next((one for one in named if one in _WORDS), "en")


def _page(refused: Refused, language: str) -> Response:
    status, (title, again, hint) = HTTPStatus(refused.answer.status), _WORDS[language]
    detail = msgspec.json.decode(refused.answer.body, type=_Said).detail
    why = _WHY_KO.get(status, detail) if language == "ko" else detail
    page = _PAGE.format(language=language, title=title, why=escape(why), hint=hint, again=again)
    headers = {
        "content-security-policy": _POLICY,
        "cache-control": "no-store",
        "vary": "accept, accept-language",
    }
    more = {name.decode(): value.decode() for name, value in refused.answer.headers if name == b"retry-after"}
    return HTMLResponse(page, status, headers | more)
