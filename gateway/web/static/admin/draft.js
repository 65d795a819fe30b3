// A pool's configuration as plain data: what differs, and two changes of the same thing put together. Fields that
// this page does not know are kept as they are.

const keyOf = (one) => (one !== null && typeof one === "object" ? one.id ?? one.name ?? one.title : undefined);
const isMap = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const isNamed = (value) => Array.isArray(value) && value.length > 0 && value.every((one) => keyOf(one) !== undefined);
const byKey = (list) => Object.fromEntries((list ?? []).map((one) => [keyOf(one), one]));
const keys = (...maps) => [...new Set(maps.flatMap((one) => Object.keys(one ?? {})))];

export const copy = (value) => structuredClone(value);

export function same(one, other) {
  if (one === other) return true;
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((value, i) => same(value, other[i]));
  }
  return isMap(one) && isMap(other) && keys(one, other).every((key) => same(one[key], other[key]));
}

// `mine` and `theirs`, both made from `base`, as one: where both changed the same thing mine stays, and its path is
// put into `clashes`.
export function merge(base, mine, theirs, clashes = [], path = "") {
  if (same(mine, theirs) || same(base, theirs)) return mine;
  if (same(base, mine)) return theirs;
  if (isMap(mine) && isMap(theirs)) {
    const merged = keys(theirs, mine).map((key) => [key, merge(base?.[key], mine[key], theirs[key], clashes, path ? `${path}.${key}` : key)]);
    return Object.fromEntries(merged.filter(([, value]) => value !== undefined));
  }
  if (isNamed(mine) && isNamed(theirs)) {
    const [was, my, their] = [byKey(base), byKey(mine), byKey(theirs)];
    return keys(their, my).map((key) => merge(was[key], my[key], their[key], clashes, `${path}[${key}]`))
      .filter((one) => one !== undefined);
  }
  clashes.push(path);
  return mine;
}

// The queues that the draft takes away and says no place for, as the gateway will ask.
export function homeless(published, draft) {
  const stays = new Set((draft.queues ?? []).map((one) => one.name));
  return (published?.queues ?? []).map((one) => one.name)
    .filter((name) => !stays.has(name) && !(draft.moves?.[name]));
}

// A former version as the next one: without its number, and without moves of queues that it has.
export function again(former) {
  const { version, ...rest } = copy(former);
  const has = new Set((rest.queues ?? []).map((one) => one.name));
  const moves = Object.fromEntries(Object.entries(rest.moves ?? {}).filter(([name, to]) => !has.has(name) && has.has(to)));
  if (rest.moves) rest.moves = moves;
  return rest;
}

// The draft without the places of queues that it has again.
export function tidy(draft) {
  if (!draft.moves) return draft;
  const has = new Set((draft.queues ?? []).map((one) => one.name));
  return { ...draft, moves: Object.fromEntries(Object.entries(draft.moves).filter(([name]) => !has.has(name))) };
}
