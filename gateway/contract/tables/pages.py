"""What browsers show."""

from gateway.contract.route import Parameter, Route, Who, get
from gateway.problems import Kind

ROUTES: tuple[Route, ...] = (
    get(
        "/ui/{path}",
        "A page, or a file that it is made of",
        Who.ANYONE,
        "text/html",
        Kind.NOT_FOUND,
        parameters=(Parameter(name="path", where="path", required=True),),
    ),
    get("/admin/webhooks.html", "A page for webhooks", Who.ANYONE, "text/html"),
    get("/admin/webhooks.css", "Its style", Who.ANYONE, "text/css"),
    get("/admin/webhooks.js", "Its script", Who.ANYONE, "text/javascript"),
)
