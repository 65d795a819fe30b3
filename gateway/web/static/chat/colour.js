// The host's own colour, with letters on it that can be read.

// `text` is six hexadecimal digits, or it does nothing.
export function paint(text) {
  const [, digits] = /^#?([0-9a-f]{6})$/i.exec(text ?? "") ?? [];
  if (!digits) return;
  const style = document.documentElement.style;
  style.setProperty("--accent", `#${digits}`);
  style.setProperty("--on-accent", luminance(digits) > 0.179 ? "#101216" : "#fff");
  style.setProperty("--focus", "var(--ink)");
}

// WCAG 2.2, relative luminance.
function luminance(digits) {
  const [r, g, b] = [0, 2, 4].map((at) => {
    const part = parseInt(digits.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
