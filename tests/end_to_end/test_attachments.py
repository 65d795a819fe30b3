"""An image goes from customer to agent and back, into history and the export, and is erased."""

import asyncio
import http.client
import json
from pathlib import Path
from typing import Any

from tests.end_to_end.clients import Agent, Customer, Reply, begin, call, history, post, token_of
from tests.end_to_end.test_contact import customer
from tests.end_to_end.test_erasure import erase, export
from tests.gateway.pictures import jpeg, png
from tests.platform import Platform
from tests.waiting import until

IMAGE, REPLY = png(40, 30), jpeg(20, 10)


def upload(platform: Platform, session: str, body: bytes, token: str = "") -> Reply:
    """The reply, once the session is known; what the body claims to be is of no interest."""
    replies: list[Reply] = []

    def answers() -> bool:
        address = f"/chat/attachment?session_id={session}"
        replies.append(call(platform, "POST", address, body, "text/html", token))
        return replies[-1].status != 503

    asyncio.run(until(answers, 20, "the session is not known"))
    return replies[-1]


def taken(platform: Platform, session: str, body: bytes, token: str = "") -> dict[str, Any]:
    reply = upload(platform, session, body, token)
    assert reply.status == 200, reply
    found: dict[str, Any] = reply.body
    return found


def download(platform: Platform, session: str, name: str, token: str = "") -> tuple[int, bytes, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", platform.port, timeout=20)
    headers = {"authorization": f"Bearer {token}"} if token else {}
    connection.request("GET", f"/chat/{session}/attachment/{name}", headers=headers)
    answer = connection.getresponse()
    try:
        return answer.status, answer.read(), answer.headers
    finally:
        connection.close()


def files(platform: Platform, session: str) -> list[Path]:
    return [path for path in (platform.var / "attachments").rglob("*") if session in path.parts]


def test_an_image_to_the_agent_and_back_until_it_is_erased(platform: Platform) -> None:
    who = customer()
    session, other = begin(platform, who), begin(platform, who)
    image = taken(platform, session, IMAGE)
    assert image | {"id": ""} == {
        "id": "", "media_type": "image/png", "bytes": len(IMAGE), "width": 40, "height": 30
    }  # fmt: skip
    sent = post(platform, "/chat/message", session_id=session, attachment_ids=[image["id"]] * 2)
    assert sent.status == 200, sent
    as_form = post(
        platform, "/chat/message", form=True, session_id=session, message="look", attachment_ids=image["id"]
    )
    assert as_form.status == 200, as_form
    post(platform, "/agent/connect", session_id=session, queue="beta")
    with Agent(platform, "beta-1") as agent, Customer(platform, session) as at_home:
        contact = agent.accept(session)
        seen = agent.transcript(role="customer", attachments=[image])["data"]
        assert "text" not in seen
        token = token_of(platform, "beta-1")
        assert download(platform, session, image["id"], token)[:2] == (200, IMAGE)
        reply = taken(platform, session, REPLY, token)
        agent.say(
            type="message", session_id=session, message="here", attachment_ids=[reply["id"]], message_id="r"
        )
        at_home.transcript(role="agent", text="here", attachments=[reply])
        agent.say(type="message", session_id=session, attachment_ids=[reply["id"][::-1]], ref="x")
        agent.hear(lambda frame: frame.get("type") == "error" and frame.get("ref") == "x")
        at_home.say(type="message", attachment_ids=[image["id"]], message_id="again")
        agent.transcript(message_id="again", attachments=[image])
        agent.say(type="complete", contact_id=contact)
        assert download(platform, session, image["id"], token_of(platform, "alpha-1"))[0] == 403
    asyncio.run(
        until(lambda: (history(platform, session) or {}).get("state") == "closed", 20, "it is not closed")
    )
    stored = history(platform, session)
    assert stored is not None
    images = [entry["attachments"] for entry in stored["messages"] if "attachments" in entry]
    assert images == [[image], [image], [reply], [image]]
    assert upload(platform, session, IMAGE).status == 409
    assert post(platform, "/chat/message", session_id=other, attachment_ids=[image["id"]]).status == 422
    assert image["id"] in json.dumps(export(platform, who))
    assert image["id"].encode() in call(platform, "GET", f"/chat/{session}/transcript").body

    unsent = taken(platform, other, IMAGE)
    assert len(files(platform, session)) == 2 + 1
    erase(platform, who)
    assert files(platform, session) == files(platform, other) == []
    assert download(platform, session, image["id"])[0] == download(platform, other, unsent["id"])[0] == 404


def test_an_image_is_shown_as_one_and_kept_privately(platform: Platform) -> None:
    session = begin(platform, customer())
    image = taken(platform, session, IMAGE)
    _, body, headers = download(platform, session, image["id"])
    assert body == IMAGE
    assert {name: headers[name] for name in ("content-type", "x-content-type-options", "content-length")} == {
        "content-type": "image/png",
        "x-content-type-options": "nosniff",
        "content-length": str(len(IMAGE)),
    }
    assert headers["cache-control"].startswith("private,")
    assert headers["content-disposition"] == f'inline; filename="{image["id"]}"'
    assert "sandbox" in headers["content-security-policy"]
    for name in ("..%2f..%2fpasswd", "../a", image["id"] + "%0a", "x", image["id"].replace("png", "jpg")):
        assert download(platform, session, name)[0] == 404


_REFUSED = (
    (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415),
    (b"", 415),
    (IMAGE[:-9], 422),
    (png(30_001, 1), 422),
    (IMAGE + bytes(5 << 20), 413),
)


def test_what_is_no_image_or_no_message_is_refused(platform: Platform) -> None:
    session = begin(platform, customer())
    for body, status in _REFUSED:
        reply = upload(platform, session, body)
        assert (reply.status, reply.media_type) == (status, "application/problem+json"), reply
    assert files(platform, session) == []
    messages: tuple[dict[str, Any], ...] = ({}, {"message": ""}, {"attachment_ids": ["x"] * 6})
    for said in messages:
        fields = {"session_id": session, **said}
        assert post(platform, "/chat/message", **fields).status == 422
    for nobody in ("018bcfe5-6800-7003-8000-000000000001", "x"):
        assert upload(platform, nobody, IMAGE).status == 404
