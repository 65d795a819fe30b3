// What the browser keeps for us. Where it may not, as in some frames and private windows, the page remembers
// it for as long as it is open.
const memory = new Map();
const store = (() => {
  try {
    localStorage.setItem("aicc-probe", "1");
    localStorage.removeItem("aicc-probe");
    return localStorage;
  } catch {
    return null;
  }
})();

export const kept = {
  get(name) {
    return (store ? store.getItem(name) : memory.get(name)) ?? null;
  },
  set(name, value) {
    memory.set(name, value);
    try {
      store?.setItem(name, value);
    } catch {
      // Full: what is new is lost with the page.
    }
  },
  remove(name) {
    memory.delete(name);
    store?.removeItem(name);
  },
  names(prefix) {
    const all = store ? Object.keys(store) : [...memory.keys()];
    return all.filter((name) => name.startsWith(prefix));
  },
  // An object kept as JSON; {} for none.
  object(name) {
    try {
      return JSON.parse(this.get(name)) ?? {};
    } catch {
      return {};
    }
  },
};
