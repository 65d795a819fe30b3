// Calls of the gateway. What is refused is thrown as a Problem; what the gateway is too busy for is asked again.

export class Problem extends Error {
  constructor(status, body, retryAfterS) {
    super(body.detail ?? body.title ?? `HTTP ${status}`);
    this.status = status; // 0: the gateway was not reached
    this.type = (body.type ?? "").replace("/problems/", "");
    this.reason = body.reason ?? "";
    this.retryAfterS = retryAfterS;
  }
}

// Random, also in pages without TLS, where browsers lack crypto.randomUUID.
export function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Where a browser begins to sign in, to come back to where it is now.
export const signInAddress = () => `/auth/login?next=${encodeURIComponent(location.pathname + location.search + location.hash)}`;

const AGAIN = new Set([0, 429, 503]);
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

export class Api {
  // `token` is a bearer token, or "" for none. With `refresh`, a browser that has signed in gets a newer one.
  constructor({ token = "", tries = 4, refresh = false } = {}) {
    this.token = token;
    this.tries = tries;
    this.refresh = refresh;
  }

  get(path, query = {}) {
    const asked = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== "" && value != null));
    return this.ask("GET", asked.size ? `${path}?${asked}` : path);
  }

  // Sent again with the same key, a request is done once.
  post(path, body = {}, { key = newId(), headers = {} } = {}) {
    return this.ask("POST", path, body, { "Idempotency-Key": key, ...headers });
  }

  put(path, body, headers = {}) {
    return this.ask("PUT", path, body, headers);
  }

  delete(path) {
    return this.ask("DELETE", path);
  }

  // The answer's JSON. Raises Problem, after `tries` where the gateway was not reached or too busy.
  async ask(method, path, body, headers = {}) {
    for (let nth = 1; ; nth += 1) {
      try {
        return await this.once(method, path, body, headers);
      } catch (problem) {
        if (problem.status === 401 && this.refresh && (await this.refreshed())) continue;
        const again = AGAIN.has(problem.status) && problem.type !== "maintenance";
        if (!again || nth >= this.tries) throw problem;
        await sleep(1000 * (problem.retryAfterS ?? 0.3 * 2 ** nth) * (0.8 + 0.4 * Math.random()));
      }
    }
  }

  async once(method, path, body, headers) {
    const sent = { ...headers };
    if (this.token) sent.Authorization = `Bearer ${this.token}`;
    if (body !== undefined) sent["Content-Type"] = "application/json";
    let answer;
    try {
      answer = await fetch(path, { method, headers: sent, body: body === undefined ? undefined : JSON.stringify(body) });
    } catch {
      throw new Problem(0, { title: "The gateway can't be reached" });
    }
    const said = await answer.json().catch(() => ({}));
    if (answer.ok) return said;
    const after = Number(answer.headers.get("Retry-After"));
    throw new Problem(answer.status, said, after || undefined);
  }

  async refreshed() {
    const answer = await fetch("/auth/refresh", { method: "POST" }).catch(() => null);
    const token = answer?.ok ? (await answer.json()).access_token : "";
    if (!token || token === this.token) return false;
    this.token = token;
    return true;
  }
}
