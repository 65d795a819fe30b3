// How an offer makes itself heard: a tone made here, and a notification of the browser where it is allowed.

const MUTED = "aicc-muted";

export class Alerts {
  constructor() {
    this.muted = localStorage.getItem(MUTED) === "true";
    this.audio = null;
    this.shown = new Map();
    this.known = "Notification" in window ? Notification.permission : "denied";
    // Browsers let no page sound before somebody has done something in it.
    const wake = () => {
      this.audio ??= new AudioContext();
      if (this.audio.state === "suspended") this.audio.resume().catch(() => {});
    };
    for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, wake, { passive: true });
  }

  mute(muted) {
    this.muted = muted;
    localStorage.setItem(MUTED, String(muted));
  }

  // Two tones that rise for an offer; a low, short one for a word.
  ring() {
    this.tone(660, 0, 0.16);
    this.tone(880, 0.18, 0.22);
  }

  tick() {
    this.tone(440, 0, 0.08, 0.05);
  }

  tone(hertz, afterS, forS, loud = 0.15) {
    if (this.muted || this.audio?.state !== "running") return;
    const at = this.audio.currentTime + afterS;
    const tone = new OscillatorNode(this.audio, { frequency: hertz });
    const gain = new GainNode(this.audio, { gain: 0 });
    gain.gain.setValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(loud, at + 0.02);
    gain.gain.linearRampToValueAtTime(0, at + forS);
    tone.connect(gain).connect(this.audio.destination);
    tone.start(at);
    tone.stop(at + forS);
  }

  // Whether the browser is still to be asked. Each look at `permission` waits for another process, so not at each drawing.
  get askable() {
    return this.known === "default";
  }

  async ask() {
    this.known = await Notification.requestPermission();
  }

  notify(id, title, body) {
    if (!document.hidden || !("Notification" in window) || Notification.permission !== "granted") return;
    const one = new Notification(title, { body, tag: id });
    one.onclick = () => { window.focus(); one.close(); };
    this.shown.set(id, one);
  }

  over(id) {
    this.shown.get(id)?.close();
    this.shown.delete(id);
  }
}
