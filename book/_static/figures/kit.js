// What all live figures share: how they come to life, controls with names, words for screen readers, small numerics.
//
// A figure is a script that calls `Live.define(name, start)`; `start({box, data, say, words})` fills the box. `data` is
// what the page's cell has published, `say(text)` tells a screen reader what has changed, `words` holds the definitions
// in the page's directive by their terms. These are plain scripts, not modules, which a browser refuses to load from a
// file.
"use strict";

const Live = (() => {
  const SVG = "http://www.w3.org/2000/svg";
  const started = new Map();
  let controls = 0;

  /** Make an element: `make("p", {class: "x", onclick: f}, "text", child)`. */
  const make = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);

  /** Make an element of a drawing. */
  const draw = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

  /** Change attributes of an element; null or false takes one away. */
  function set(element, attributes) {
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value === null || value === undefined || value === false) element.removeAttribute(name);
      else element.setAttribute(name, value === true ? "" : value);
    }
    return element;
  }

  function fill(element, attributes, children) {
    set(element, attributes).append(...children);
    return element;
  }

  /** A slider with its name before it and its value behind it; `element.set(value)` moves it. */
  function slider({ label, min, max, step, value, format = String, change }) {
    const id = `live-control-${++controls}`;
    const shown = make("output", { for: id });
    const input = make("input", { type: "range", id, min, max, step });
    const element = make("div", { class: "live-slider" }, make("label", { for: id }, label), input, shown);
    const show = () => {
      shown.textContent = format(Number(input.value));
      input.setAttribute("aria-valuetext", shown.textContent);
    };
    element.set = (number) => {
      input.value = number;
      show();
    };
    element.set(value);
    input.addEventListener("input", () => {
      show();
      change(Number(input.value));
    });
    return element;
  }

  /** A list to choose from; `options` are pairs of a value and its words. */
  function choice({ label, options, value, change }) {
    const id = `live-control-${++controls}`;
    const list = make("select", { id }, ...options.map(([key, words]) => make("option", { value: key }, words)));
    list.value = value;
    list.addEventListener("change", () => change(list.value));
    const element = make("div", { class: "live-choice" }, make("label", { for: id }, label), list);
    element.set = (key) => (list.value = key);
    return element;
  }

  const button = (label, action, attributes = {}) =>
    make("button", { type: "button", class: "live-button", onclick: action, ...attributes }, label);

  /** A number as text, with a true minus sign and without a negative zero. */
  function number(value, digits = 2) {
    if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "\u221e" : "\u2212\u221e";
    return value.toFixed(digits).replace(/^-(0(?:\.0*)?)$/, "$1").replace("-", "\u2212");
  }

  /** A power of ten in words: 10\u207b\u2077. */
  function ten(power) {
    const raised = "\u207b\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079";
    return power ? `10${[...String(power)].map((sign) => raised["-0123456789".indexOf(sign)]).join("")}` : "1";
  }

  /** The size of a number in two digits, however large or small: 0.0021, 42, 3.1 \u00d7 10\u207b\u2077. */
  function size(value) {
    if (!Number.isFinite(value) || value === 0) return number(value, 0);
    const power = Math.floor(Math.log10(Math.abs(Number(value.toPrecision(2)))));
    if (power >= -4 && power < 4) return number(value, Math.max(0, 1 - power));
    return `${number(value / 10 ** power, 1)} \u00d7 ${ten(power)}`;
  }

  /** Paint a drawing at its true width, so that words keep their size on a phone; return what paints it again. */
  function fit(drawing, paint) {
    let width = 0;
    const again = () => {
      if (width) paint(width);
    };
    new ResizeObserver(() => {
      const now = Math.floor(drawing.clientWidth);
      if (now === width) return;
      width = now;
      again();
    }).observe(drawing);
    return again;
  }

  /** The way from values to pixels: `from` to `to` becomes `low` to `high`. */
  const scale = ([from, to], low, high) => (value) => low + ((value - from) / (to - from)) * (high - low);

  const line = (points, looks) =>
    draw("polyline", { fill: "none", "stroke-width": 2, points: points.join(" "), ...looks });

  /** A drawing within a frame: what leaves it is cut off. */
  function inside({ left, right, top, bottom }, ...parts) {
    const [width, height] = [right - left, bottom - top];
    const place = { x: left, y: top, width, height, viewBox: `${left} ${top} ${width} ${height}`, overflow: "hidden" };
    return draw("svg", place, ...parts);
  }

  /** A frame with grid lines; `across` and `up` are pairs of a place in pixels and its words. */
  function axes({ left, right, top, bottom, across = [], up = [], title = "" }) {
    const line = (x1, y1, x2, y2) => draw("line", { x1, y1, x2, y2, class: "live-grid" });
    const words = (x, y, text, anchor) => draw("text", { x, y, "text-anchor": anchor }, text);
    return draw(
      "g",
      {},
      words(0, 14, title, "start"),
      ...across.flatMap(([x, text]) => [line(x, top, x, bottom), words(x, bottom + 18, text, "middle")]),
      ...up.flatMap(([y, text]) => [line(left, y, right, y), words(left - 8, y + 4, text, "end")]),
    );
  }

  /** What `publish` has written: packed arrays become {shape, values: Float64Array}. */
  function unpack(value) {
    if (Array.isArray(value)) return value.map(unpack);
    if (value === null || typeof value !== "object") return value;
    if (!("float32" in value)) return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, unpack(part)]));
    const bytes = Uint8Array.from(atob(value.float32), (letter) => letter.charCodeAt(0));
    return { shape: value.shape, values: Float64Array.from(new Float32Array(bytes.buffer)) };
  }

  /** The product of two matrices, each {shape: [rows, columns], values}. */
  function product(A, B) {
    const [rows, inner] = A.shape;
    const columns = B.shape[1];
    const values = new Float64Array(rows * columns);
    for (let i = 0; i < rows; i++) {
      for (let k = 0; k < inner; k++) {
        const factor = A.values[i * inner + k];
        for (let j = 0; j < columns; j++) values[i * columns + j] += factor * B.values[k * columns + j];
      }
    }
    return { shape: [rows, columns], values };
  }

  /** Random numbers that a seed repeats: `uniform()` in [0, 1), `normal()` (mulberry32, Box and Muller). */
  function random(seed) {
    let state = seed >>> 0;
    const uniform = () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = Math.imul(state ^ (state >>> 15), state | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
    const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
    return { uniform, normal };
  }

  /** Say the last of what was said in a short time, so that a moving slider does not chatter.
   * The words stand below the figure; one that wants them elsewhere puts `say.words` there. */
  function speaker(box) {
    const words = make("p", { class: "live-says", role: "status" });
    let waiting = 0;
    box.append(words);
    const say = (text) => {
      clearTimeout(waiting);
      waiting = setTimeout(() => (words.textContent = text), 250);
    };
    return Object.assign(say, { words });
  }

  /** Take the definitions that the page has written into the box out of it: the elements by their terms. */
  function taken(box) {
    const words = {};
    for (const list of box.querySelectorAll("dl")) {
      for (const term of list.querySelectorAll("dt")) {
        words[term.textContent.trim()] = make("div", {}, ...term.nextElementSibling.childNodes);
      }
      list.remove();
    }
    return words;
  }

  /** Make a figure known under its name and start it wherever the page has a box for it. */
  function define(name, start) {
    for (const box of document.querySelectorAll(`.live[data-figure="${name}"]`)) {
      const published = document.getElementById(`live-${name}`);
      const inner = make("div", { class: "live-inside" });
      const data = published ? unpack(JSON.parse(published.textContent)) : {};
      const words = taken(box);
      const say = speaker(box);
      box.prepend(inner);
      started.set(box, start({ box: inner, data, say, words }) ?? {});
      replace(document.getElementById(box.dataset.still), box);
      box.hidden = false;
      box.dataset.state = "ready";
    }
  }

  /** Put a live figure where the still one is, above its caption; on paper the still one comes back. */
  function replace(still, box) {
    if (!still) throw new Error(`The still figure #${box.dataset.still} is missing.`);
    const drawing = still.querySelector("svg.drawing, img");
    drawing.classList.add("live-still");
    drawing.closest("figure").insertBefore(box, drawing.closest("figure").querySelector("figcaption"));
  }

  /** What `start` has returned for a box: the tests look at it. */
  const of = (box) => started.get(box);

  return { make, draw, set, slider, choice, button, number, size, ten, fit, scale, line, inside, axes, product, random, define, of };
})();
