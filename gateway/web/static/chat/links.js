// Addresses within a text. Only http and https, and only of visible ASCII: what somebody sees is where it leads.
const ADDRESS = /https?:\/\/[\x21\x23-\x26\x28-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7e]+/gi;
const AFTER = /[.,;:!?)\]}*_~]+$/;

// The text in parts, in order and without loss: {text}, and {text, href} for a link.
export function partsOf(text) {
  const parts = [];
  let from = 0;
  for (const { 0: found, index } of text.matchAll(ADDRESS)) {
    const address = found.replace(AFTER, "");
    const href = safe(address);
    if (!href) continue;
    if (index > from) parts.push({ text: text.slice(from, index) });
    parts.push({ text: address, href });
    from = index + address.length;
  }
  if (from < text.length) parts.push({ text: text.slice(from) });
  return parts;
}

function safe(address) {
  try {
    const url = new URL(address);
    const named = url.username === "" && url.password === "";
    return named && (url.protocol === "https:" || url.protocol === "http:") ? url.href : "";
  } catch {
    return "";
  }
}
