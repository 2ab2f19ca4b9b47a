// The valley: a walk of gradient descent with momentum on the loss (w1² + c w2²) / 2, and the numbers that decide it.
//
// The map and the loss show what happens, the factors say why. The page's cell takes the same walk in Python, and a
// test compares the two.
"use strict";

Live.define("valley", ({ box, data, say }) => {
  const { make, draw, set, slider, button, number, size, ten, fit, axes, scale, line, inside } = Live;
  const [PATH, FLAT, STEEP, INK] = ["blue", "green", "orange", "ink"].map((name) => `var(--figure-${name})`);
  const LEFT = -11, RIGHT = 3, HIGHEST = 2, STEEPEST = 60; // of the map
  const LOSSES = [-6, 4], RATES = [0.005, 2.4], FACTORS = [0, 1.5]; // the ends of the axes; losses as powers of ten
  const STEPS_A_SECOND = 12, HEIGHT = 215;
  // Rates of two digits: a rate in the text can be set exactly, and the slider is nearly logarithmic.
  const rates = [0.0001, 0.001, 0.01, 0.1]
    .flatMap((unit) => Array.from({ length: 90 }, (_, k) => Number(((10 + k) * unit).toFixed(4))))
    .filter((rate) => rate >= RATES[0] && rate <= RATES[1]);
  const state = { ...data.walks[0], steep: data.curvature, start: data.start, shown: data.steps };

  // What a walk is, and what decides it.

  /** The places of a walk, from its start on. */
  function walk({ rate, gamma, steep, start }) {
    const path = [start];
    let velocity = [0, 0];
    while (path.length <= data.steps) {
      const place = path.at(-1);
      velocity = [1, steep].map((c, k) => gamma * velocity[k] + rate * c * place[k]);
      path.push(place.map((w, k) => w - velocity[k]));
    }
    return path;
  }

  /** The eigenvalues of a step along a direction of curvature c: both, if they are real, and the larger size. */
  function eigenvalues({ rate, gamma }, c) {
    const mean = (1 - rate * c + gamma) / 2;
    const square = mean * mean - gamma;
    if (square < 0) return { real: [], largest: Math.sqrt(gamma) };
    const real = [mean + Math.sqrt(square), mean - Math.sqrt(square)];
    return { real, largest: Math.max(...real.map(Math.abs)) };
  }

  const limit = ({ gamma }, c) => (2 * (1 + gamma)) / c;
  const distance = ([x, y]) => Math.hypot(x, y);
  const loss = ([x, y]) => (x * x + state.steep * y * y) / 2;
  const above1 = (value) => (Math.abs(value - 1) < 1e-9 ? 0 : Math.sign(value - 1));

  // The words.

  const short = (value) => String(Number(value.toPrecision(3)));

  /** A factor in two digits, or in as many as show on which side of 1 it is. */
  function factor(value) {
    const far = Math.abs(Math.abs(value) - 1);
    return number(value, far > 0.01 || far < 1e-9 ? 2 : 4);
  }

  function deed(c) {
    const { real, largest } = eigenvalues(state, c);
    const end = ["shrinks", "keeps its size", "grows"][above1(largest) + 1];
    const onward = (value) => (value > 0 ? "comes closer in each step" : `each step overshoots and ${end}`);
    if (!real.length) return `eigenvalues of size √γ = ${factor(largest)}: a swing that ${end}.`;
    if (state.gamma) return `eigenvalues ${real.map(factor).join(" and ")}: ${onward(real[1])}.`;
    const only = 1 - state.rate * c;
    if (Math.abs(only) < 1e-9) return "factor 0: one step reaches the bottom.";
    return `factor ${factor(only)}: ${onward(only)}.`;
  }

  function finding(path) {
    const { rate, gamma, steep, start, shown } = state;
    const most = `${gamma ? "2(1 + γ)/c" : "2/c"} = ${short(limit(state, steep))}`;
    const [flat, across] = [1, steep].map((c) => eigenvalues(state, c).largest);
    if (above1(across) > 0) {
      if (start[1]) return `Diverges: the rate ${rate} is above ${most}.`;
      return `The rate ${rate} is above ${most}: one step off this axis, and it diverges.`;
    }
    if (above1(across) === 0) return `Never arrives: the rate ${rate} is exactly ${most}.`;
    const after = `After ${shown} step${shown === 1 ? "" : "s"} ${size(distance(path[shown]))} from the bottom.`;
    if (Math.abs(flat - across) < 1e-9) return `${after} Both directions are equally fast.`;
    return `${after} The ${flat > across ? "flat" : "steep"} direction is the slow one.`;
  }

  // The map.

  const ground = draw("g"), edges = draw("rect", { x: 0, y: 0 });
  const handle = draw(
    "g",
    { tabindex: "0", role: "slider", class: "live-handle", "aria-valuemin": LEFT, "aria-valuemax": RIGHT },
    draw("circle", { r: 15, fill: "transparent" }),
    draw("circle", { r: 6.5, fill: "var(--pst-color-background)", stroke: PATH, "stroke-width": 3 }),
  );
  const map = draw(
    "svg",
    { class: "live-fitted live-map", role: "group", "aria-label": "Map with level lines; a click sets the start" },
    draw("clipPath", { id: "valley-edges" }, edges),
    draw("g", { "clip-path": "url(#valley-edges)" }, ground),
    handle,
  );
  let unit = 1, middle = 0; // one unit of both weights, and the floor of the valley, in pixels
  const at = ([x, y]) => [(x - LEFT) * unit, middle - y * unit];

  const paintMap = fit(map, (width) => {
    unit = width / (RIGHT - LEFT);
    middle = Math.max(70, Math.round(unit * (HIGHEST + 0.2)));
    set(map, { viewBox: `0 0 ${width} ${2 * middle}` });
    set(edges, { width, height: 2 * middle });
    const [cx, cy] = at([0, 0]);
    const path = walk(state).slice(0, state.shown + 1);
    const lost = path.findIndex((place) => distance(place) > 1000); // further out a browser cannot draw
    const seen = (lost < 0 ? path : path.slice(0, lost + 1)).map(at);
    ground.replaceChildren(
      ...[0.5, 2, 5, 12, 25, 45, 75, 115, 165].map((level) => {
        const [rx, ry] = [1, state.steep].map((c) => unit * Math.sqrt((2 * level) / c));
        return draw("ellipse", { cx, cy, rx, ry, class: "live-level" });
      }),
      draw("path", { d: `M${cx} 4V${2 * middle - 4}`, stroke: STEEP, class: "live-axis" }),
      draw("path", { d: `M4 ${cy}H${width - 4}`, stroke: FLAT, class: "live-axis" }),
      draw("text", { x: width - 6, y: cy - 6, "text-anchor": "end", style: `fill: ${FLAT}` }, "flat"),
      draw("text", { x: cx + 8, y: 16, style: `fill: ${STEEP}` }, "steep"),
      draw("path", { d: `M${cx - 7} ${cy}h14M${cx} ${cy - 7}v14`, stroke: INK, "stroke-width": 2 }),
      line(seen, { stroke: PATH, "stroke-width": 1.5 }),
      ...seen.slice(1).map(([cx, cy]) => draw("circle", { cx, cy, r: 2.5, fill: PATH })),
      draw("circle", { cx: seen.at(-1)[0], cy: seen.at(-1)[1], r: 4.5, fill: PATH }),
    );
    set(handle, {
      "aria-label": "Start of the walk, to be moved with the arrow keys",
      transform: `translate(${at(state.start)})`,
      "aria-valuenow": state.start[0],
      "aria-valuetext": `w₁ = ${number(state.start[0], 1)}, w₂ = ${number(state.start[1], 1)}`,
    });
  });

  function move(x, y) {
    const within = (value, low, high) => Number(Math.min(high, Math.max(low, value)).toFixed(2));
    change({ start: [within(x, LEFT, RIGHT), within(y, -HIGHEST, HIGHEST)] });
  }

  function point(event) {
    const { left, top } = map.getBoundingClientRect();
    move((event.clientX - left) / unit + LEFT, (middle - event.clientY + top) / unit);
  }

  map.addEventListener("click", point);
  handle.addEventListener("pointerdown", (event) => handle.setPointerCapture(event.pointerId));
  handle.addEventListener("pointermove", (event) => handle.hasPointerCapture(event.pointerId) && point(event));
  handle.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!way) return;
    event.preventDefault();
    move(...way.map((sign, k) => state.start[k] + sign * (event.shiftKey ? 1 : 0.1)));
  });

  // The loss, and the factors over the rate.

  const plot = (words) => draw("svg", { class: "live-fitted", role: "img", "aria-label": words });
  const frameOf = (width) => ({ left: 42, right: width - 8, top: 26, bottom: HEIGHT - 26 });

  const lossPlot = plot("The loss after each step, on a logarithmic axis");
  const paintLoss = fit(lossPlot, (width) => {
    const frame = frameOf(width), dashed = "dashed: without momentum";
    const x = scale([0, data.steps], frame.left, frame.right);
    const power = scale(LOSSES, frame.bottom, frame.top);
    const y = (value) => power(Math.log10(Math.min(1e99, Math.max(1e-99, value))));
    const points = (path) => path.map((place, k) => [x(k), y(loss(place))]);
    const plain = state.gamma ? points(walk({ ...state, gamma: 0 })) : [];
    const taken = points(walk(state).slice(0, state.shown + 1));
    const [cx, cy] = taken.at(-1);
    const across = [0, 10, 20, 30, 40].map((k) => [x(k), k || "0 steps"]);
    set(lossPlot, { viewBox: `0 0 ${width} ${HEIGHT}` });
    lossPlot.replaceChildren(
      axes({ ...frame, title: "Loss", across, up: [4, 2, 0, -2, -4, -6].map((k) => [power(k), ten(k)]) }),
      inside(
        frame,
        line(plain, { stroke: INK, "stroke-width": 1, "stroke-dasharray": "4 3" }),
        line(taken, { stroke: PATH }),
      ),
      cy >= frame.top && cy <= frame.bottom ? draw("circle", { cx, cy, r: 4.5, fill: PATH }) : "",
      draw("text", { x: frame.right, y: 14, "text-anchor": "end" }, state.gamma ? dashed : ""),
    );
  });

  const factorPlot = plot("The size of the factor over the rate, for both directions; below 1 a walk converges");
  const paintFactors = fit(factorPlot, (width) => {
    const frame = frameOf(width);
    const log = scale(RATES.map(Math.log), frame.left, frame.right), y = scale(FACTORS, frame.bottom, frame.top);
    const x = (rate) => log(Math.log(rate));
    const height = (rate, c) => y(eigenvalues({ ...state, rate }, c).largest);
    const curve = (c, looks) => line(rates.map((rate) => [x(rate), height(rate, c)]), looks);
    const dot = (c, looks) => draw("circle", { cx: x(state.rate), cy: height(state.rate, c), ...looks });
    const most = limit(state, state.steep), edge = Math.min(frame.right, x(most));
    const label = edge > frame.right - 80 ? { x: edge - 6, "text-anchor": "end" } : { x: edge + 6 };
    const [low, high] = [y(1), frame.bottom];
    set(factorPlot, { viewBox: `0 0 ${width} ${HEIGHT}` });
    factorPlot.replaceChildren(
      draw("rect", { x: frame.left, y: low, width: edge - frame.left, height: high - low, class: "live-stable" }),
      axes({
        ...frame,
        title: "Size of the factor, over the rate",
        across: [0.01, 0.1, 1].map((rate) => [x(rate), rate]),
        up: [0, 0.5, 1, 1.5].map((value) => [y(value), value]),
      }),
      draw("path", { d: `M${edge} ${high}V${frame.top}`, stroke: INK, "stroke-dasharray": "4 3" }),
      draw("path", { d: `M${x(state.rate)} ${high}V${frame.top}`, stroke: PATH }),
      inside(
        frame,
        curve(1, { stroke: FLAT, "stroke-width": 4 }), // wider, to be seen where the two are one
        curve(state.steep, { stroke: STEEP }),
        dot(1, { r: 7, fill: FLAT }),
        dot(state.steep, { r: 4.5, fill: STEEP }),
      ),
      draw("text", { x: frame.left + 6, y: high - 8 }, "converges"),
      draw("text", { ...label, y: high - 8 }, `limit ${short(most)}`),
    );
  });

  // The controls.

  let timer = 0;
  const play = button("Play", () => (timer ? stop() : begin()));

  function stop() {
    clearInterval(timer);
    timer = 0;
    play.textContent = "Play";
  }

  function begin() {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return change({ shown: data.steps });
    change({ shown: state.shown % data.steps });
    play.textContent = "Pause";
    timer = setInterval(() => {
      change({ shown: state.shown + 1 });
      if (state.shown === data.steps) stop();
    }, 1000 / STEPS_A_SECOND);
  }

  const step = button("Step", () => halt((state.shown % data.steps) + 1));
  const reset = button("Reset", () => halt(0));

  function halt(shown) {
    stop();
    change({ shown });
  }

  const sliders = {
    rate: slider({
      label: "Learning rate α", min: 0, max: rates.length - 1, step: 1, value: rates.indexOf(state.rate),
      format: (k) => String(rates[k]), change: (k) => change({ rate: rates[k] }),
    }),
    gamma: slider({
      label: "Momentum γ", min: 0, max: 0.98, step: 0.01, value: state.gamma,
      format: (gamma) => number(gamma), change: (gamma) => change({ gamma }),
    }),
    steep: slider({
      label: "Curvature ratio", min: 1, max: STEEPEST, step: 1, value: state.steep,
      format: (c) => `${c} : 1`, change: (steep) => change({ steep }),
    }),
  };
  const presets = data.walks.map(({ name, rate, gamma }) => {
    const values = { rate, gamma, steep: data.curvature, start: data.start };
    const choose = button(name, () => {
      sliders.rate.set(rates.indexOf(rate));
      sliders.gamma.set(gamma);
      sliders.steep.set(data.curvature);
      Object.assign(state, values);
      halt(data.steps);
    });
    return { choose, values };
  });

  const deeds = [FLAT, STEEP].map((colour) => {
    const words = make("span");
    const key = make("span", { class: "live-key", style: `background: ${colour}` });
    return { words, line: make("p", { class: "live-deed" }, key, words) };
  });

  function change(values) {
    Object.assign(state, values);
    for (const paint of [paintMap, paintLoss, paintFactors]) paint();
    for (const { choose, values } of presets) {
      const chosen = Object.entries(values).every(([name, value]) => String(state[name]) === String(value));
      set(choose, { "aria-pressed": String(chosen) });
    }
    deeds[0].words.textContent = `Flat, c = 1: ${deed(1)}`;
    deeds[1].words.textContent = `Steep, c = ${state.steep}: ${deed(state.steep)}`;
    say(finding(walk(state)));
  }

  box.append(
    make("div", { class: "live-buttons" }, ...presets.map(({ choose }) => choose)),
    make("div", { class: "live-sliders" }, ...Object.values(sliders)),
    map,
    make("div", { class: "live-buttons" }, play, step, reset),
    make("div", { class: "live-finding" }, say.words, ...deeds.map(({ line }) => line)),
    make("div", { class: "live-panels" }, lossPlot, factorPlot),
  );
  change({});
  return { walk, eigenvalues, limit };
});
