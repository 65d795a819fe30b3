"""Who hears of alerts: webhooks, e-mail and Slack, by settings; secrets stay in files."""

import re
from typing import Any, NamedTuple

from infra.monitoring.alert import Severity
from runtime.settings import Settings, SettingsError, variable

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")


class AlertSettings(Settings, frozen=True, kw_only=True):
    """`alert_page` and `alert_ticket` name who hears of them, apart by commas: a webhook's URL, an e-mail
    address, or a channel of Slack with its #."""

    alert_page: str = ""
    alert_ticket: str = ""
    alert_webhook_token_file: str = ""
    """Holds the bearer token that webhooks are called with."""

    alert_slack_url_file: str = ""
    """Holds the URL of Slack's incoming webhook."""

    alert_smtp: str = ""
    """host:port"""

    alert_smtp_from: str = "aicc@localhost"
    alert_smtp_user: str = ""
    alert_smtp_password_file: str = ""
    alert_smtp_tls: bool = True


class _Means(NamedTuple):
    """A way to be told: its key in a receiver, what names the target there, and the setting it needs."""

    key: str
    target: str
    needs: str = ""


_WEBHOOK = _Means("webhook_configs", "url")
_SLACK = _Means("slack_configs", "channel", "alert_slack_url_file")
_EMAIL = _Means("email_configs", "to", "alert_smtp")


def receivers(settings: AlertSettings) -> list[dict[str, Any]]:
    """One for each severity, with nobody in it where nobody is named. Raises SettingsError."""
    named = {Severity.PAGE: "alert_page", Severity.TICKET: "alert_ticket"}
    return [_receiver(severity, field, settings) for severity, field in named.items()]


def mail(settings: AlertSettings) -> dict[str, Any]:
    """The global part, where e-mail is sent."""
    if not settings.alert_smtp:
        return {}
    sign_in = {
        "smtp_auth_username": settings.alert_smtp_user,
        "smtp_auth_password_file": settings.alert_smtp_password_file,
    }
    return {
        "smtp_smarthost": settings.alert_smtp,
        "smtp_from": settings.alert_smtp_from,
        "smtp_require_tls": settings.alert_smtp_tls,
        **{key: value for key, value in sign_in.items() if value},
    }


def _receiver(severity: Severity, field: str, settings: AlertSettings) -> dict[str, Any]:
    made: dict[str, Any] = {"name": severity.value}
    for name in filter(None, (one.strip() for one in getattr(settings, field).split(","))):
        means = _means(name)
        if means is None:
            raise SettingsError(
                f"{variable(field)} has {name!r}: not a URL, an e-mail address or a #channel of Slack"
            )
        if means.needs and not getattr(settings, means.needs):
            raise SettingsError(f"{variable(field)} has {name}, for which {variable(means.needs)} is needed")
        entry = {means.target: name, "send_resolved": True, **_more(means, settings)}
        made.setdefault(means.key, []).append(entry)
    return made


def _means(name: str) -> _Means | None:
    if name.startswith(("http://", "https://")):
        return _WEBHOOK
    if name.startswith("#"):
        return _SLACK
    return _EMAIL if _ADDRESS.fullmatch(name) else None


def _more(means: _Means, settings: AlertSettings) -> dict[str, Any]:
    if means is _WEBHOOK and settings.alert_webhook_token_file:
        token = {"credentials_file": settings.alert_webhook_token_file}
        return {"http_config": {"authorization": token}}
    if means is _SLACK:
        return {
            "api_url_file": settings.alert_slack_url_file,
            "title": _TITLE,
            "text": _TEXT,
        }
    return {"headers": {"Subject": _TITLE}} if means is _EMAIL else {}


_TITLE = "{{ .Status | toUpper }}: {{ .CommonLabels.alertname }} ({{ .Alerts | len }})"
_TEXT = "{{ range .Alerts }}{{ .Annotations.summary }} {{ .Annotations.runbook_url }}\n{{ end }}"
