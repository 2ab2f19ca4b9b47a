// The first weights: one standard deviation, and what a deep network's signal and gradient make of it, layer by layer.
//
// The same random numbers serve every standard deviation, so that a slider shows its effect alone. The network is that
// of the page's cell with other random numbers; a test does the same calculation in Python with these.
"use strict";

Live.define("first-weights", ({ box, data, say }) => {
  const { make, draw, set, slider, button, number, size, ten, fit, axes, product, random } = Live;
  const { units, samples, layers, classes } = data;
  const BLUE = "var(--figure-blue)", ORANGE = "var(--figure-orange)", INK = "var(--figure-ink)";
  const SMALLEST = 0.005, LARGEST = 0.5, STEPS = 160; // of the standard deviation
  const POWERS = [-12, 4], BARS = 48, ROW = 25, TOP = 28, COLUMN = 70; // of the histograms
  const marks = [
    { s: 0.01, short: "0.01", name: "0.01" },
    { s: 2 / units, short: "2/n", name: "2/n" },
    { s: 1 / Math.sqrt(units), short: "1/√n", name: "Glorot, 1/√n" },
    { s: Math.sqrt(2 / units), short: "√(2/n)", name: "He, √(2/n)" },
    { s: 2 * Math.sqrt(2 / units), short: "", name: "He, twice" },
  ];
  const grid = Array.from({ length: STEPS }, (_, k) => SMALLEST * (LARGEST / SMALLEST) ** (k / (STEPS - 1)));
  const deviations = [...grid, ...marks.map(({ s }) => s)].sort((a, b) => a - b);
  const bell = (z) => 1 / Math.cosh(z) ** 2;
  const functions = {
    sigmoid: { value: (z) => (1 + Math.tanh(z / 2)) / 2, derivative: (z) => bell(z / 2) / 4, ticks: [0, 0.5, 1] },
    tanh: { value: Math.tanh, derivative: bell, ticks: [-1, 0, 1] },
    ReLU: { value: (z) => Math.max(0, z), derivative: (z) => Number(z > 0), ticks: [0, 2, 4] },
  };
  const state = { activation: "sigmoid", s: marks[2].s };

  // The network.

  const { normal } = random(data.seed);
  const matrix = (rows, columns) => {
    return { shape: [rows, columns], values: Float64Array.from({ length: rows * columns }, normal) };
  };
  const input = matrix(units, samples), onTop = matrix(units, samples), scores = matrix(classes, units);
  const weights = Array.from({ length: layers }, () => matrix(units, units));
  const turned = weights.map(({ values }) => ({
    shape: [units, units],
    values: values.map((_, k) => values[(k % units) * units + Math.floor(k / units)]),
  }));

  const rms = ({ values }) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
  const like = (A, change) => ({ shape: A.shape, values: A.values.map(change) });

  /** The activations, their derivatives and the gradients of all layers, for one standard deviation. */
  function run(activation, s) {
    const { value, derivative } = functions[activation];
    const activations = [], slopes = [], gradients = [];
    let signal = input;
    for (const W of weights) {
      const Z = like(product(W, signal), (z) => s * z);
      activations.push((signal = like(Z, value)));
      slopes.push(like(Z, derivative));
    }
    const loss = firstLoss(like(product(scores, signal), (z) => s * z));
    let above = onTop;
    for (let l = layers - 1; l >= 0; l--) {
      gradients[l] = like(above, (value, k) => value * slopes[l].values[k]);
      above = like(product(turned[l], gradients[l]), (value) => s * value);
    }
    return { activation, activations, slopes, gradients, loss };
  }

  /** The mean loss of scores whose right classes are 0, 1, 2 and so on, again and again. */
  function firstLoss({ values }) {
    let sum = 0;
    for (let j = 0; j < samples; j++) {
      const column = Array.from({ length: classes }, (_, k) => values[k * samples + j]);
      const top = Math.max(...column);
      sum += top + Math.log(column.reduce((total, z) => total + Math.exp(z - top), 0)) - column[j % classes];
    }
    return sum / samples;
  }

  /** How much a unit of a layer differs between the samples, on average over the units. */
  function spread({ values }) {
    let sum = 0;
    for (let i = 0; i < units; i++) {
      const row = values.subarray(i * samples, (i + 1) * samples);
      const mean = row.reduce((total, value) => total + value, 0) / samples;
      sum += Math.sqrt(row.reduce((total, value) => total + (value - mean) ** 2, 0) / samples);
    }
    return sum / units;
  }

  /** Which fraction of a layer hardly learns: dead units of a ReLU, saturated activations of the other two. */
  function lost(activation, { values }) {
    if (activation !== "ReLU") {
      const least = functions[activation].derivative(0) / 10;
      return values.reduce((sum, slope) => sum + (slope < least), 0) / values.length;
    }
    const dead = (_, i) => values.subarray(i * samples, (i + 1) * samples).every((slope) => slope === 0);
    return Array.from({ length: units }, dead).filter(Boolean).length / units;
  }

  /** What the drawing shows of a run, in numbers. */
  const measure = ({ activation, activations, slopes, gradients, loss }) => ({
    activations: activations.map(rms),
    spreads: activations.map(spread),
    lost: slopes.map((slope) => lost(activation, slope)),
    gradients: gradients.map(rms),
    loss,
  });

  // The words.

  const brief = (value) => value.toExponential(1).replace("-", "−").replace("+", "");
  const table = (value) => (value >= 0.001 && value < 1000 ? size(value) : brief(value));
  const percent = (value) => `${Math.round(100 * value)} %`;

  const FORWARD = [[0.01, "has died away"], [0.1, "has faded"], [3, "arrives"], [10, "has grown"], [Infinity, "has exploded"]];
  const BACKWARD = [[0.01, "vanishes"], [0.3, "shrinks"], [3, "arrives"], [100, "grows"], [Infinity, "explodes"]];

  /** The words of the first limit that a value lies below. */
  const judge = (value, limits) => limits.find(([limit]) => value < limit)[1];

  function forward({ activations, spreads, lost }) {
    const [typical, differs, gone] = [activations, spreads, lost].map((values) => values.at(-1));
    if (state.activation === "sigmoid" && differs < 0.01) {
      return `Layer ${layers}: the samples differ by ${size(differs)} only: the signal has died away.`;
    }
    if (state.activation !== "ReLU" && gone > 0.2) {
      return `Layer ${layers}: ${percent(gone)} of the activations are saturated.`;
    }
    return `Layer ${layers}: typical activation ${size(typical)}: the signal ${judge(typical, FORWARD)}.`;
  }

  function backward({ gradients }) {
    const ratio = gradients[0] / gradients.at(-1);
    return `The gradient in layer 1 is ${size(ratio)} times that in layer ${layers}: it ${judge(ratio, BACKWARD)}.`;
  }

  // The drawings: a row for each layer, the same scale in all rows.

  /** How many values fall into each bar; what lies beyond the ends counts in the last bar. */
  function count(values, place) {
    const bars = new Float64Array(BARS);
    for (const value of values) {
      if (value !== 0) bars[Math.min(BARS - 1, Math.max(0, Math.floor(place(value) * BARS)))]++;
    }
    return bars;
  }

  function rows({ width, title, columns, ticks, place, layersOf, numbers, colour }) {
    const left = 22, right = width - 62 * columns.length, bottom = TOP + layers * ROW;
    const x = (part) => left + part * (right - left);
    const bar = (right - left) / BARS;
    const outline = (values, base) => {
      const bars = count(values, place);
      const tallest = Math.max(...bars) || 1;
      return `M${left} ${base}${[...bars].map((n) => `V${base - ((ROW - 4) * n) / tallest}h${bar}`).join("")}V${base}z`;
    };
    const column = (k) => width - COLUMN * (columns.length - 1 - k);
    return [
      axes({ left, right, top: TOP, bottom, title, across: ticks.map(([part, text]) => [x(part), text]) }),
      ...columns.map((text, k) => draw("text", { x: column(k), y: 14, "text-anchor": "end" }, text)),
      ...layersOf.flatMap(({ values }, l) => {
        const base = TOP + (l + 1) * ROW;
        return [
          draw("path", { d: `M${left} ${base}H${right}`, class: "live-grid" }),
          draw("path", { d: outline(values, base), fill: colour }),
          draw("text", { x: 14, y: base - 5, "text-anchor": "end" }, l + 1),
          ...numbers.map((texts, k) => draw("text", { x: column(k), y: base - 5, "text-anchor": "end" }, texts[l])),
        ];
      }),
    ];
  }

  let now; // the last run and its numbers
  const HEIGHT = TOP + layers * ROW + 26;
  const plot = (words) => draw("svg", { class: "live-fitted", role: "img", "aria-label": words });

  const activationPlot = plot("Histograms of the activations of each layer, with their typical size");
  const paintActivations = fit(activationPlot, (width) => {
    const { ticks } = functions[state.activation];
    const within = (value) => (value - ticks[0]) / (ticks[2] - ticks[0]);
    const relu = state.activation === "ReLU";
    set(activationPlot, { viewBox: `0 0 ${width} ${HEIGHT}` });
    activationPlot.replaceChildren(...rows({
      width,
      title: relu ? "Activations above 0" : "Activations",
      columns: ["typical", relu ? "dead" : "saturated"],
      ticks: ticks.map((value) => [within(value), String(value).replace("-", "−")]),
      place: within,
      layersOf: now.activations,
      numbers: [now.measured.activations.map(table), now.measured.lost.map(percent)],
      colour: BLUE,
    }));
  });

  const gradientPlot = plot("Histograms of the derivatives in each layer, logarithmic, with their typical size");
  const paintGradients = fit(gradientPlot, (width) => {
    const [low, high] = POWERS;
    set(gradientPlot, { viewBox: `0 0 ${width} ${HEIGHT}` });
    gradientPlot.replaceChildren(...rows({
      width,
      title: "Size of the derivatives dZ",
      columns: ["typical"],
      ticks: [-12, -8, -4, 0, 4].map((power) => [(power - low) / (high - low), ten(power)]),
      place: (value) => (Math.log10(Math.abs(value)) - low) / (high - low),
      layersOf: now.gradients,
      numbers: [now.measured.gradients.map(table)],
      colour: ORANGE,
    }));
  });

  // The controls.

  const deviation = slider({
    label: "Standard deviation s", min: 0, max: deviations.length - 1, step: 1, value: deviations.indexOf(state.s),
    format: (k) => String(Number(deviations[k].toPrecision(3))), change: (k) => change({ s: deviations[k] }),
  });
  const scale = draw("svg", { class: "live-fitted", "aria-hidden": "true" });
  fit(scale, (width) => {
    const half = 8; // of the slider's knob, which stays inside the slider
    set(scale, { viewBox: `0 0 ${width} 24` });
    scale.replaceChildren(...marks.filter(({ short }) => short).flatMap(({ s, short }, k) => {
      const x = half + (deviations.indexOf(s) / (deviations.length - 1)) * (width - 2 * half);
      const [anchor, shift] = [["middle", 0], ["middle", 0], ["end", 3], ["start", -3]][k];
      return [
        draw("path", { d: `M${x} 0v6`, stroke: INK, "stroke-width": 1.5 }),
        draw("text", { x: x + shift, y: 20, "text-anchor": anchor }, short),
      ];
    }));
  });
  const kinds = Object.keys(functions).map((activation) => {
    return [button(activation, () => change({ activation })), { activation }];
  });
  const presets = marks.map(({ s, name }) => {
    const choose = () => {
      deviation.set(deviations.indexOf(s));
      change({ s });
    };
    return [button(name, choose), { s }];
  });
  const losses = make("p", { class: "live-deed" });

  function change(values) {
    Object.assign(state, values);
    now = run(state.activation, state.s);
    now.measured = measure(now);
    for (const paint of [paintActivations, paintGradients]) paint();
    for (const [element, choice] of [...kinds, ...presets]) {
      const [[name, value]] = Object.entries(choice);
      set(element, { "aria-pressed": String(state[name] === value) });
    }
    const guessing = `−ln 1/${classes} = ${number(Math.log(classes), 4)}`;
    losses.textContent = `First loss ${number(now.loss, 4)}; guessing has ${guessing}.`;
    say(`${forward(now.measured)} ${backward(now.measured)}`);
  }

  const group = (label, members) =>
    make("div", { class: "live-buttons", role: "group", "aria-label": label }, ...members.map(([element]) => element));
  box.append(
    group("Activation function", kinds),
    make("div", { class: "live-sliders" }, deviation),
    scale,
    group("Standard deviation", presets),
    make("div", { class: "live-finding" }, say.words, losses),
    make("div", { class: "live-panels" }, activationPlot, gradientPlot),
  );
  change({});
  return { measured: (activation, s) => measure(run(activation, s)),
    drawn: () => [input, onTop, scores, ...weights].map(({ values }) => [...values]) };
});
