// What a person has entered for one answer and not saved yet. It outlives the page: the browser keeps it until it is saved.

export const value = (points) => Number(String(points).replace(",", "."));

const shown = (points) => String(Math.round(points * 1000) / 1000);

export class Draft {
  constructor(place, answer, most, beyond) {
    this.place = place;
    this.most = most;
    this.beyond = beyond;
    this.take(answer);
    this.saved = this.content();
    const kept = read(place);
    this.isBack = Boolean(kept);
    if (kept) Object.assign(this, kept);
  }

  take(answer) {
    this.seen = answer.version;
    this.items = answer.items.map(({ points, text }) => ({ points, text }));
    this.comment = answer.comment;
    this.points = answer.state === "waiting" || answer.points === null ? "" : answer.points;
    this.typed = this.points !== "" && value(this.points) !== value(this.sum());
  }

  sum() {
    const all = this.items.reduce((total, item) => total + value(item.points), 0);
    return shown(this.beyond ? all : Math.min(Math.max(all, 0), this.most));
  }

  has(text) {
    return this.items.some((item) => item.text === text);
  }

  toggle({ points, text }) {
    const others = this.items.filter((item) => item.text !== text);
    this.items = this.has(text) ? others : [...others, { points, text }];
    this.addUp();
  }

  addUp() {
    this.typed = false;
    this.points = this.items.length ? this.sum() : "";
    this.keep();
  }

  type(points) {
    this.points = points;
    this.typed = points.trim() !== "";
    if (!this.typed && this.items.length) this.points = this.sum();
    this.keep();
  }

  content() {
    const items = this.items.map((item) => `${value(item.points)} ${item.text}`).sort();
    return JSON.stringify([items, this.points, this.comment]);
  }

  isChanged() {
    return this.content() !== this.saved;
  }

  follow(saved) {
    this.seen = saved.seen;
    this.saved = saved.saved;
    this.keep();
  }

  keep() {
    const { seen, items, points, comment, typed } = this;
    if (!this.isChanged()) return this.forget();
    try {
      localStorage.setItem(this.place, JSON.stringify({ seen, items, points, comment, typed }));
    } catch {
      // a browser that keeps nothing: it is in this page until it is saved
    }
    return undefined;
  }

  forget() {
    localStorage.removeItem(this.place);
  }
}

export const isKept = (place) => localStorage.getItem(place) !== null;

function read(place) {
  try {
    return JSON.parse(localStorage.getItem(place));
  } catch {
    return null;
  }
}
