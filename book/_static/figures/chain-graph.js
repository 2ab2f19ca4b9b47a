// A small graph whose nodes the reader chooses: values go forward, derivatives come back, one node at a time, and a nudge
// confirms them. Each node knows its value and two local derivatives; the walk back does the rest.
"use strict";

Live.define("chain-graph", ({ box, data, say }) => {
  const { make, draw, slider, choice, button, number } = Live;
  const OPERATIONS = {
    add: { sign: "+", value: (a, b) => a + b, local: () => [1, 1] },
    multiply: { sign: "\u00d7", value: (a, b) => a * b, local: (a, b) => [b, a] },
    // On a tie the second input counts as the larger one, as in the chapter's program.
    max: { sign: "max", value: Math.max, local: (a, b) => (a > b ? [1, 0] : [0, 1]) },
  };
  // The nodes in the order of the forward pass, and where everything stands: along the walk and across it, from 0 to 1.
  const WIRINGS = {
    waiting: {
      words: "x and p",
      nodes: { p: ["c", "x"], q: ["x", "p"], y: ["p", "q"] },
      places: { c: [0, 0.18], x: [0, 0.8], "x*": [0.17, 0.8], p: [0.36, 0.18], "p*": [0.53, 0.18], q: [0.68, 0.8], y: [0.83, 0.42], out: [1, 0.42] },
      labels: { "p*>y": 0.68 },
    },
    diamond: {
      words: "x and c",
      nodes: { p: ["x", "c"], q: ["x", "c"], y: ["p", "q"] },
      places: { x: [0, 0.18], c: [0, 0.82], "x*": [0.19, 0.18], "c*": [0.19, 0.82], p: [0.52, 0.18], q: [0.52, 0.82], y: [0.78, 0.5], out: [1, 0.5] },
      // Where two edges cross, their numbers stand before the crossing.
      labels: { "x*>q": 0.26, "c*>p": 0.26, "x*>p": 0.68, "c*>q": 0.68 },
    },
  };
  const state = { wiring: "waiting", inputs: { ...data.inputs }, operations: { ...data.operations }, nudge: 0.1 };

  // ---- the computation

  /** All values, the derivative that each edge carries back, and the derivative of y in everything. */
  function compute({ wiring, inputs, operations }) {
    const nodes = Object.entries(WIRINGS[wiring].nodes);
    const values = { ...inputs };
    const sent = {};
    const locals = {};
    for (const [name, [a, b]] of nodes) {
      values[name] = OPERATIONS[operations[name]].value(values[a], values[b]);
      locals[name] = OPERATIONS[operations[name]].local(values[a], values[b]);
    }
    const gradients = Object.fromEntries(Object.keys(values).map((name) => [name, name === "y" ? 1 : 0]));
    for (const [name, sources] of nodes.reverse()) {
      sources.forEach((source, k) => {
        sent[`${source}>${name}`] = gradients[name] * locals[name][k];
        gradients[source] += sent[`${source}>${name}`];
      });
    }
    return { values, locals, sent, gradients };
  }

  const users = (name) => Object.entries(WIRINGS[state.wiring].nodes).filter(([, sources]) => sources.includes(name)).map(([user]) => user);

  /** The steps of the walk: [kind, name]. A copy adds up as soon as everything has come back to it. */
  function walk() {
    const nodes = Object.keys(WIRINGS[state.wiring].nodes);
    const copies = (name) => (users(name).length > 1 ? [["copy", name]] : []);
    return [
      ["inputs"],
      ...nodes.map((name) => ["forward", name]),
      ["seed", "y"],
      ...[...nodes].reverse().flatMap((name) => [...copies(name), ["back", name]]),
      ...Object.keys(state.inputs).flatMap(copies),
    ];
  }
  const reached = (kind, name) => {
    const found = walk().findIndex(([one, other]) => one === kind && other === name);
    return found !== -1 && found <= at;
  };
  let at = walk().length - 1;

  // ---- words

  const short = (value, digits = 3) => number(value, digits).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "").replace(/^\u22120$/, "0");
  const bracketed = (value) => (value < 0 ? `(${short(value)})` : short(value));
  const formula = (name, write) => {
    const [a, b] = WIRINGS[state.wiring].nodes[name].map(write);
    const { sign } = OPERATIONS[state.operations[name]];
    return sign === "max" ? `max(${a}, ${b})` : `${a} ${sign} ${b}`;
  };

  /** What happens in a step: a title and its lines. */
  function account([kind, name], { values, locals, sent, gradients }) {
    if (kind === "inputs") return ["The inputs are set. The walk forward starts.", []];
    if (kind === "seed") return ["The walk back starts with dy = 1.", ["If y grows by a little, y grows by just that."]];
    if (kind === "forward") {
      const write = (source) => (state.operations[name] === "max" ? short(values[source]) : bracketed(values[source]));
      return [`Forward through ${name}`, [`${name} = ${formula(name, String)} = ${formula(name, write)} = ${short(values[name])}`]];
    }
    if (kind === "copy") {
      const parts = users(name).map((user) => bracketed(sent[`${name}>${user}`]));
      return [`Back to ${name}, which is used twice: add up`, [`d${name} = ${parts.join(" + ")} = ${short(gradients[name])}`]];
    }
    const lines = WIRINGS[state.wiring].nodes[name].map(
      (source, k) => `to ${source}: local ${short(locals[name][k])} \u00d7 upstream ${short(gradients[name])} = ${short(sent[`${source}>${name}`])}`,
    );
    return [`Back through ${name} (${state.operations[name]})`, lines];
  }

  // ---- the drawing

  const svg = draw("svg", { class: "chain-drawing", role: "img" });
  const narrow = () => box.clientWidth < 560;

  function place(name) {
    const [along, across] = WIRINGS[state.wiring].places[name];
    return narrow() ? { x: 30 + across * (box.clientWidth - 60), y: 26 + along * 548 } : { x: 30 + along * (box.clientWidth - 80), y: 20 + across * 230 };
  }

  /** An edge: a solid arrow with its value on one side, a dashed one back with its derivative on the other. */
  function edge(from, to, value, derivative, bright) {
    const [start, end] = [place(from), place(to)];
    const length = Math.hypot(end.x - start.x, end.y - start.y);
    const [u, v] = [(end.x - start.x) / length, (end.y - start.y) / length];
    const room = (name) => (name.endsWith("*") ? 6 : name in state.operations ? 24 : 15);
    const point = (along, aside) => [start.x + u * along + v * aside, start.y + v * along - u * aside];
    const arrow = (kind, a, b, aside) => {
      const [[x1, y1], [x2, y2]] = [point(a, aside), point(b, aside)];
      return draw("line", { class: `chain-${kind}`, x1, y1, x2, y2, "marker-end": `url(#chain-tip-${kind})`, "data-bright": bright });
    };
    const [first, last] = [room(from), length - room(to)];
    const middle = first + (WIRINGS[state.wiring].labels[`${from}>${to}`] ?? 0.5) * (last - first);
    const words = (kind, text, aside) => {
      const [x, y] = point(middle, aside);
      const side = v * Math.sign(aside);
      const anchor = side > 0.35 ? "start" : side < -0.35 ? "end" : "middle";
      return draw("text", { class: `chain-${kind}`, x, y: y + 4.5, "text-anchor": anchor }, text);
    };
    const parts = [];
    if (derivative !== null) parts.push(arrow("back", last, first, -4), words("back", `d ${short(derivative)}`, -15));
    if (value !== null) parts.unshift(arrow("forward", first, last, derivative === null ? 0 : 4), words("forward", short(value), 15));
    else parts.unshift(draw("line", { class: "chain-idle", x1: point(first, 0)[0], y1: point(first, 0)[1], x2: point(last, 0)[0], y2: point(last, 0)[1] }));
    return parts;
  }

  function edges(result, [kind, active]) {
    const { values, sent, gradients } = result;
    const parts = [];
    const value = (name) => (name in state.inputs || reached("forward", name) ? values[name] : null);
    for (const name of Object.keys(values)) {
      const copied = users(name).length > 1;
      if (copied) parts.push(...edge(name, `${name}*`, value(name), reached("copy", name) ? gradients[name] : null, kind === "copy" && active === name));
      for (const user of users(name)) {
        const bright = (active === user && kind !== "copy") || (kind === "copy" && active === name);
        parts.push(...edge(copied ? `${name}*` : name, user, value(name), reached("back", user) ? sent[`${name}>${user}`] : null, bright));
      }
    }
    return [...parts, ...edge("y", "out", value("y"), reached("seed", "y") ? 1 : null, active === "y")];
  }

  function knots([kind, active]) {
    return Object.keys(WIRINGS[state.wiring].places).flatMap((name) => {
      const { x, y } = place(name);
      const [, across] = WIRINGS[state.wiring].places[name];
      if (name === "out") return [];
      if (name.endsWith("*")) return [draw("circle", { class: "chain-copy", cx: x, cy: y, r: kind === "copy" && active === name[0] ? 7 : 4.5 })];
      if (name in state.inputs) return [draw("text", { class: "chain-name", x, y: y + 5, "text-anchor": "middle" }, name)];
      const bright = name === active && kind !== "copy";
      return [
        draw("circle", { class: "chain-node", cx: x, cy: y, r: 20, "data-bright": bright }),
        draw("text", { class: "chain-sign", x, y: y + 5, "text-anchor": "middle" }, OPERATIONS[state.operations[name]].sign),
        // The name stands where no edge arrives: outside, on the side of the nearer border.
        draw("text", { class: "chain-name", "text-anchor": "middle", ...(narrow() ? { x: x + (across > 0.45 ? 29 : -29), y: y + 5 } : { x, y: y + (across > 0.45 ? 37 : -27) }) }, name),
      ];
    });
  }

  function tip(kind) {
    const shape = draw("path", { class: `chain-tip-${kind}`, d: "M0 0 L8 4 L0 8 z" });
    return draw("marker", { id: `chain-tip-${kind}`, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, markerUnits: "userSpaceOnUse", orient: "auto" }, shape);
  }

  function show() {
    if (!box.clientWidth) return;
    const result = compute(state);
    const step = walk()[at];
    const [title, lines] = account(step, result);
    const spoken = Object.entries(result.values).map(([name, value]) => `${name} = ${short(value)}, d${name} = ${short(result.gradients[name])}`);
    Live.set(svg, { viewBox: `0 0 ${box.clientWidth} ${narrow() ? 600 : 270}`, "aria-label": `The graph after the whole walk: ${spoken.join("; ")}.` });
    svg.replaceChildren(draw("defs", {}, tip("forward"), tip("back")), ...edges(result, step), ...knots(step));
    rule.textContent = Object.keys(WIRINGS[state.wiring].nodes).map((name) => `${name} = ${formula(name, String)}`).join(",   ");
    count.textContent = `Step ${at} of ${walk().length - 1}`;
    panel.replaceChildren(make("b", {}, title), ...lines.map((line) => make("span", {}, line)));
    Live.set(panel, { "data-way": ["back", "copy", "seed"].includes(step[0]) ? "back" : null });
    Live.set(before, { disabled: at === 0 });
    Live.set(after, { disabled: at === walk().length - 1 });
    return [title, ...lines].join(". ");
  }

  // ---- the controls

  const change = (part, name) => (value) => {
    state[part][name] = value;
    nudged.replaceChildren();
    show();
    const { values, gradients } = compute(state);
    say(`y = ${short(values.y)}, dx = ${short(gradients.x)}, dc = ${short(gradients.c)}.`);
  };
  const go = (to) => {
    at = Math.max(0, Math.min(walk().length - 1, to));
    say(show());
  };

  /** Move an input and compare what y does with what its derivative predicts. */
  function nudge(name) {
    const here = compute(state);
    const there = compute({ ...state, inputs: { ...state.inputs, [name]: state.inputs[name] + state.nudge } });
    const predicted = here.gradients[name] * state.nudge;
    const moved = there.values.y - here.values.y;
    const switched = Object.keys(state.operations).some((node) => state.operations[node] === "max" && String(here.locals[node]) !== String(there.locals[node]));
    const lines = [
      `${name} grows from ${short(here.values[name])} to ${short(there.values[name])}.`,
      `d${name} \u00d7 ${state.nudge} predicts a change of ${short(predicted, 6)}; y changes by ${short(moved, 6)}, from ${short(here.values.y)} to ${short(there.values.y, 6)}.`,
      switched ? "A max node has changed sides on the way, where its derivative jumps." : Math.abs(moved - predicted) < 1e-9 ? "They agree exactly." : `They differ by ${short(moved - predicted, 6)}; a smaller nudge makes this smaller still.`,
    ];
    nudged.replaceChildren(...lines.map((line) => make("span", {}, line)));
    say(lines.join(" "));
  }

  const kinds = Object.keys(OPERATIONS).map((name) => [name, name]);
  const rule = make("p", { class: "chain-rule" });
  const count = make("span", { class: "chain-count" });
  const panel = make("div", { class: "chain-panel" });
  const nudged = make("div", { class: "chain-panel" });
  const before = button("Back", () => go(at - 1));
  const after = button("Next", () => go(at + 1));
  const wirings = Object.entries(WIRINGS).map(([key, { words }]) => [key, words]);
  const rewire = (key) => {
    state.wiring = key;
    nudged.replaceChildren();
    go(walk().length - 1);
  };
  const input = (name) => slider({ label: name, min: -5, max: 5, step: 0.5, value: state.inputs[name], format: (value) => short(value), change: change("inputs", name) });
  box.append(
    make("div", { class: "live-controls" }, choice({ label: "Used twice", options: wirings, value: state.wiring, change: rewire }),
      ...Object.keys(state.operations).map((name) => choice({ label: name, options: kinds, value: state.operations[name], change: change("operations", name) }))),
    make("div", { class: "live-controls" }, input("x"), input("c")),
    rule, svg,
    make("div", { class: "live-controls" }, button("From the start", () => go(0)), before, after, button("To the end", () => go(walk().length - 1)), count),
    panel,
    make("div", { class: "live-controls chain-nudge" },
      choice({ label: "Nudge by", options: [0.1, 0.01, 0.001].map((size) => [size, String(size)]), value: 0.1, change: (size) => (state.nudge = Number(size)) }),
      button("Nudge x", () => nudge("x")), button("Nudge c", () => nudge("c"))),
    nudged,
  );
  new ResizeObserver(show).observe(box);
  return { compute };
});
