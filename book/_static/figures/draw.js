// The figure in which a reader draws a digit, sees a network read it, and takes a step of gradient descent on it.
//
// It shows; `strokes.js` makes an image of a drawing, `two-layer.js` reads it and learns, `draw-parts.js` builds the parts.
"use strict";

Live.define("draw", ({ box, data, say }) => {
  const { make, button, slider, choice, number } = Live;
  const flat = (matrix) => (Array.isArray(matrix) ? matrix.flat() : Array.from(matrix.values));
  const original = Object.fromEntries(["W1", "b1", "W2", "b2"].map((name) => [name, flat(data[name])]));
  const frame = data.side === 28 ? 2 : 0; // the course's images have 8x8 pixels, or 3x3 for each and a frame
  const times = (data.side - 2 * frame) / 8;
  const unpacked = (ink) => Array.from(ink, (letter) => letter.charCodeAt(0) - 97);
  const test = Array.from(data.labels, (label, at) => ({
    label: Number(label),
    counts: unpacked(data.images.slice(64 * at, 64 * at + 64)),
  }));
  const given = data.samples.map((sample) => ({ ...sample, counts: unpacked(sample.ink) }));
  const noise = Live.random(7);
  const history = [];
  let net = original;
  let steps = 0;
  let label = 0;
  let rate = data.rates[data.rate];
  let now = {}; // what is shown: its strokes or its counts, the number of a sample, and whether it is noise
  let reading = null;
  let waiting = 0;

  /** The numbers that the network gets for 8x8 counts of ink. */
  function input(counts) {
    const inside = (place) => place >= 0 && place < 8;
    return Array.from({ length: data.side ** 2 }, (_, at) => {
      const row = Math.floor((Math.floor(at / data.side) - frame) / times);
      const column = Math.floor(((at % data.side) - frame) / times);
      const ink = inside(row) && inside(column) ? counts[8 * row + column] : 0;
      return data.low + ((data.high - data.low) * ink) / 16;
    });
  }

  /** How many of the test images a network reads rightly. */
  const rightly = (network) => {
    for (const image of test) image.input ??= input(image.counts);
    return test.filter((image) => TwoLayer.first(TwoLayer.read(network, image.input).chances) === image.label).length;
  };

  const pad = DrawParts.pad({ begun, drawn, undo, clear: () => show({ strokes: [] }) });
  const seen = make("canvas", { class: "draw-seen", width: data.side, height: data.side, "aria-hidden": "true" });
  const units = DrawParts.units(original.b1.length, data.side);
  const chances = DrawParts.chances(original.b2.length);
  const samples = DrawParts.samples(
    given.map((sample) => ({ ...sample, input: input(sample.counts) })),
    { ...data, choose: (at) => show({ counts: given[at].counts, sample: at }) },
  );
  const back = button("Undo", undo);
  const labels = choice({
    label: "This is a",
    options: original.b2.map((_, digit) => [digit, String(digit)]),
    value: 0,
    change: (value) => (label = Number(value)),
  });
  const rates = slider({
    label: "Rate",
    min: 0,
    max: data.rates.length - 1,
    step: 1,
    value: data.rate,
    format: (at) => String(data.rates[at]),
    change: (at) => (rate = data.rates[at]),
  });
  const reset = button("Reset the network", forget, { disabled: true });
  const changes = DrawParts.changes();

  /** The rest of a stroke changes what is shown, and is no step of its own to undo. */
  function begun(point) {
    history.push(now);
    now = { strokes: [...(now.strokes ?? []), [point]] };
    soon();
  }

  function drawn(point) {
    now.strokes.at(-1).push(point);
    soon();
  }

  function show(next) {
    history.push(now);
    now = next;
    if (next.sample !== undefined) teachable(given[next.sample].label);
    soon();
  }

  function undo() {
    if (history.length) now = history.pop();
    soon();
  }

  function teachable(digit) {
    label = digit;
    labels.set(digit);
  }

  /** Draw once for all that has happened since the last picture on the screen. */
  function soon() {
    if (!waiting) waiting = requestAnimationFrame(update);
  }

  function update() {
    waiting = 0;
    chances.forget();
    look();
    say(words());
  }

  function look() {
    const counts = now.counts ?? Strokes.counts(now.strokes, data.ink);
    now.input = input(counts);
    reading = TwoLayer.read(net, now.input);
    DrawParts.grey(seen, now.input, data);
    pad.show(now.strokes ?? [], now.counts ? seen : null);
    samples.mark(now.sample);
    chances.show(reading.chances);
    units.show(reading, net);
    back.disabled = !history.length;
  }

  function words() {
    const order = [...reading.chances.keys()].sort((one, other) => reading.chances[other] - reading.chances[one]);
    const chance = (k) => number(reading.chances[order[k]]);
    const what = now.noise ? "Nothing but noise" : now.strokes?.length === 0 ? "An empty image" : "";
    return `${what ? `${what}, read` : "Read"} as ${order[0]}, probability ${chance(0)}; next ${order[1]} with ${chance(1)}.`;
  }

  function step() {
    const [before, taught] = [reading, TwoLayer.taught(net, now.input, label, rate)];
    const [was, is] = [net, taught].map(rightly);
    [net, steps] = [taught, steps + 1];
    look();
    chances.remember(before.chances);
    reset.disabled = false;
    const losses = [before, reading].map((one) => number(one.loss(label), 3));
    changes.show(`Step ${steps}, with the rate ${rate}`, [
      ["Loss on this image", ...losses],
      [`Probability of ${label}`, ...[before, reading].map((one) => number(one.chances[label], 3))],
      [`Test images read rightly, of ${test.length}`, was, is],
    ]);
    say(`Step ${steps}: the loss on this image was ${losses[0]} and is ${losses[1]}. It is read as ${TwoLayer.first(reading.chances)}. Test images read rightly: ${was} before, ${is} after.`);
  }

  function forget() {
    [net, steps] = [original, 0];
    reset.disabled = true;
    changes.hide();
    soon();
  }

  const shake = () => show({ counts: Array.from({ length: 64 }, () => Math.floor(17 * noise.uniform())), noise: true });
  const buttons = [back, button("Clear", () => show({ strokes: [] })), button("Noise", shake)];
  box.append(
    make(
      "div",
      { class: "draw" },
      make(
        "div",
        { class: "draw-left" },
        make("p", { class: "draw-title" }, "Draw a digit here"),
        pad.element,
        make("div", { class: "draw-tools" }, make("div", { class: "draw-sees" }, seen, make("span", {}, "what it sees")), ...buttons),
      ),
      samples.element,
      make("div", { class: "draw-right" }, make("p", { class: "draw-title" }, "Probabilities"), chances.element),
      make("div", { class: "draw-middle" }, make("p", { class: "draw-title" }, `${original.b1.length} hidden units`), units.element),
    ),
    make(
      "details",
      { class: "draw-teach", open: data.open },
      make("summary", {}, "Teach it: one step of gradient descent on this image"),
      make("div", { class: "live-controls" }, labels, rates, make("div", { class: "draw-steps" }, button("Take one step", step), reset)),
      changes.element,
    ),
  );
  now = { counts: given[data.first].counts, sample: data.first };
  teachable(given[data.first].label);
  look();
  return { ...Strokes, ...TwoLayer, input, rightly, net: () => net, seen: () => now.input };
});
