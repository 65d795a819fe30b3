// The page around the chat, if it is a widget: told how many messages are unread, and heard when it is shown.
const asked = new URLSearchParams(location.search);
const origin = web(asked.get("host"));

export const embedded = window.parent !== window;

export function tell(news) {
  if (embedded && origin) window.parent.postMessage({ aicc: "chat", ...news }, origin);
}

// `hear` gets what our own host says; whoever else speaks is not heard.
export function listen(hear) {
  addEventListener("message", ({ data, source, origin: from }) => {
    if (embedded && source === window.parent && from === origin && data?.aicc === "widget") hear(data);
  });
}

function web(text) {
  try {
    const { origin: found, protocol } = new URL(text);
    return protocol === "https:" || protocol === "http:" ? found : "";
  } catch {
    return "";
  }
}
