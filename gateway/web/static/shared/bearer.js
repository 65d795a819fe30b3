// Who works here: signed in at the provider where the gateway has one, else by a token that is pasted.
import { Api } from "./api.js";

const KEPT = "aicc-token"; // of this tab alone
const EARLY_S = 30;

// What a token says of itself; the gateway alone decides whether it is good.
export function claimsOf(token) {
  try {
    const part = token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(part), (one) => one.charCodeAt(0))));
  } catch {
    return {};
  }
}

export class Bearer {
  constructor() {
    this.api = new Api();
    this.login = ""; // where to begin to sign in; "" without a provider
  }

  get token() {
    return this.api.token;
  }

  get claims() {
    return claimsOf(this.token);
  }

  // Whether there is somebody: a session at the provider, or a token kept by this tab. Raises Problem (0, 5xx).
  async begin() {
    this.login = (await this.api.get("/auth/ways")).login;
    this.api.refresh = Boolean(this.login);
    if (this.login && (await this.api.refreshed())) return true;
    this.api.token = sessionStorage.getItem(KEPT) ?? "";
    return Boolean(this.token);
  }

  // A pasted token, kept until the tab closes.
  paste(token) {
    this.api.token = token.trim();
    sessionStorage.setItem(KEPT, this.token);
  }

  // To the provider, and back to this page.
  goToProvider() {
    location.assign(`${this.login}?next=${encodeURIComponent(location.pathname + location.search)}`);
  }

  // Whether the token is good for some time yet, after a refresh where there is a provider.
  async fresh() {
    const left = (this.claims.exp ?? Infinity) - Date.now() / 1000;
    if (left > EARLY_S) return true;
    return this.login ? this.api.refreshed() : left > 0;
  }

  forget() {
    this.api.token = "";
    sessionStorage.removeItem(KEPT);
  }

  async signOut() {
    this.forget();
    if (!this.login) return;
    const answer = await fetch("/auth/logout", { method: "POST" }).catch(() => null);
    const { end_session_endpoint: end } = (await answer?.json().catch(() => null)) ?? {};
    if (end) location.assign(end);
  }
}
