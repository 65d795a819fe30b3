// The calls of the configuration.

// A name as a header has it: the bytes of its UTF-8, one letter each.
const bytesOf = (name) => String.fromCharCode(...new TextEncoder().encode(name));

export class Config {
  constructor(api) {
    this.api = api;
    this.author = "";
  }

  all() {
    return this.api.get("/admin/config");
  }

  async read(pool) {
    return { body: await this.api.get(`/admin/config/${encodeURIComponent(pool)}`) };
  }

  // What it would change, or a Problem with what is wrong; nothing is done.
  check(draft, version) {
    return this.put(draft, version, "?dry_run=true");
  }

  apply(draft, version) {
    return this.put(draft, version, "");
  }

  put(draft, version, query) {
    const { version: _, ...body } = draft;
    const headers = { "If-Match": `"${version}"` };
    if (this.author) headers["X-Author"] = bytesOf(this.author);
    return this.api.put(`/admin/config/${encodeURIComponent(draft.pool)}${query}`, body, headers);
  }

  log(pool, query = {}) {
    return this.api.get("/admin/config/audit", { pool, ...query });
  }
}
