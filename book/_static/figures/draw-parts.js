// The parts of the figure in which a reader draws: the pad, the hidden units, the bars, the samples, the changes.
//
// Each is {element, ...} with functions that show something; none of them knows what the others do or what a network is.
"use strict";

const DrawParts = (() => {
  const { make, set, number } = Live;
  const SIZE = 100; // of the pad, in its own units
  const NEAR = 1.5; // a point nearer to the last one adds nothing
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  /** Paint numbers on a canvas of a pixel for each; `colour(value)` is [red, green, blue, opacity]. */
  function paint(canvas, values, colour) {
    const brush = canvas.getContext("2d");
    const picture = brush.createImageData(canvas.width, canvas.height);
    values.forEach((value, at) => picture.data.set(colour(value), 4 * at));
    brush.putImageData(picture, 0, 0);
  }

  const grey = (canvas, values, { low, high }) =>
    paint(canvas, values, (value) => [...new Array(3).fill((255 * (value - low)) / (high - low)), 255]);

  /** Red where a weight is positive, blue where it is negative; both fade into the page, be it light or dark. */
  function weights(canvas, values) {
    const limit = Math.max(...values.map(Math.abs));
    paint(canvas, values, (value) => [...(value > 0 ? [222, 78, 64] : [62, 142, 224]), 255 * Math.min(1, Math.abs(value) / (0.7 * limit))]);
  }

  /** Make one of some buttons a stop of the tabulator key; the arrows lead to the others. */
  function roving(buttons, columns, reached = () => {}) {
    const stop = (at) => buttons.forEach((one, k) => set(one, { tabindex: k === at ? 0 : -1 }));
    const go = (event, at) => {
      const [right, down] = ARROWS[event.key] ?? [0, 0];
      const ends = { Home: 0, End: buttons.length - 1 };
      const next = ends[event.key] ?? at + right + columns * down;
      if (next === at || !buttons[next]) return;
      event.preventDefault();
      buttons[next].focus();
      reached(next);
    };
    buttons.forEach((one, at) => set(one, { onkeydown: (event) => go(event, at), onfocus: () => stop(at) }));
    stop(0);
  }

  /** Where one draws, with a pointer or with the arrow keys. */
  function pad({ begun, drawn, undo, clear }) {
    const help = "Drawing area. The arrow keys move the pen, space puts it down or lifts it, backspace takes the last stroke away, delete clears.";
    const element = make("canvas", { class: "draw-pad", width: 400, height: 400, tabindex: 0, role: "application", "aria-label": help });
    const brush = element.getContext("2d");
    const scale = element.width / SIZE;
    let [pen, down, keys, last] = [[50, 20], false, false, () => {}];

    const inside = (value) => Math.max(2, Math.min(SIZE - 2, value));
    function at(event) {
      const place = element.getBoundingClientRect();
      return [((event.clientX - place.left) / place.width) * SIZE, ((event.clientY - place.top) / place.height) * SIZE].map(inside);
    }

    function move(point, least) {
      if (Math.hypot(point[0] - pen[0], point[1] - pen[1]) < least) return;
      pen = point;
      if (down) drawn(point);
    }

    function press(event) {
      if (event.button) return;
      event.preventDefault();
      element.focus({ preventScroll: true });
      element.setPointerCapture(event.pointerId);
      [pen, down, keys] = [at(event), true, false];
      begun(pen);
    }

    function type(event) {
      const [right, below] = ARROWS[event.key] ?? [0, 0];
      const far = event.shiftKey ? 1 : 4;
      const actions = { " ": toggle, Enter: toggle, Backspace: undo, Delete: clear };
      const action = right || below ? () => move([pen[0] + far * right, pen[1] + far * below].map(inside), 0.5) : actions[event.key];
      if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      keys = true;
      if (event.key === "Backspace" || event.key === "Delete") down = false;
      action();
      last();
    }

    function toggle() {
      down = !down;
      if (down) begun(pen);
    }

    function leave() {
      [down, keys] = [false, false];
      last();
    }

    set(element, {
      onpointerdown: press,
      onpointermove: (event) => down && !keys && (event.getCoalescedEvents?.() ?? [event]).forEach((one) => move(at(one), NEAR)),
      onpointerup: () => (down = keys && down),
      onpointercancel: () => (down = keys && down),
      onkeydown: type,
      onfocus: () => ((keys = element.matches(":focus-visible")), last()),
      onblur: leave,
    });

    /** Draw strokes, or a picture where there are none, and the pen where the keyboard moves it. */
    function show(strokes, picture) {
      last = () => show(strokes, picture);
      brush.fillStyle = "#000";
      brush.fillRect(0, 0, element.width, element.height);
      brush.imageSmoothingEnabled = false;
      if (picture) brush.drawImage(picture, 0, 0, element.width, element.height);
      Object.assign(brush, { strokeStyle: "#fff", lineWidth: 8 * scale, lineCap: "round", lineJoin: "round" });
      for (const points of strokes) {
        brush.beginPath();
        [points[0], ...points].forEach(([x, y], k) => (k ? brush.lineTo(x * scale, y * scale) : brush.moveTo(x * scale, y * scale)));
        brush.stroke();
      }
      if (!keys) return;
      Object.assign(brush, { strokeStyle: "#e8954a", lineWidth: scale * (down ? 2.4 : 1.2) });
      brush.beginPath();
      brush.arc(pen[0] * scale, pen[1] * scale, 4 * scale, 0, 2 * Math.PI);
      brush.stroke();
    }

    return { element, show };
  }

  /** The hidden units: their weights as pictures, a frame where one is on, a bar for what each adds to the best score. */
  function units(count, side) {
    const cells = Array.from({ length: count }, () => {
      const [picture, bar] = [make("canvas", { width: side, height: side }), make("span", { class: "draw-bar" })];
      return { picture, bar, button: make("button", { type: "button", class: "draw-unit" }, picture, make("span", { class: "draw-adds" }, bar)) };
    });
    const words = make("p", { class: "draw-words" });
    const element = make("div", {}, make("div", { class: "draw-units" }, ...cells.map((cell) => cell.button)), words);
    let [pointed, texts, general, painted] = [null, [], "", null];
    const tell = (at) => {
      pointed = at;
      words.textContent = texts[at] ?? general;
    };
    roving(cells.map((cell) => cell.button), 6);
    cells.forEach(({ button }, at) =>
      set(button, { onpointerenter: () => tell(at), onpointerleave: () => tell(null), onfocus: () => tell(at), onblur: () => tell(null) }),
    );

    function show({ hidden, scores }, net) {
      const best = TwoLayer.first(scores);
      const adds = hidden.map((value, at) => value * net.W2[best * count + at]);
      const [brightest, most] = [Math.max(...hidden, 1e-9), Math.max(...adds.map(Math.abs), 1)];
      if (painted !== net) cells.forEach((cell, at) => weights(cell.picture, net.W1.slice(at * side * side, (at + 1) * side * side)));
      painted = net;
      texts = hidden.map((value, at) => {
        const weight = number(net.W2[best * count + at]);
        const on = `Unit ${at + 1} is on: ${number(value)} times its weight ${weight} adds ${number(adds[at])} to the score of ${best}.`;
        return value ? on : `Unit ${at + 1} is off and adds nothing.`;
      });
      cells.forEach((cell, at) => {
        cell.button.classList.toggle("draw-on", hidden[at] > 0);
        cell.button.style.setProperty("--lit", (hidden[at] / brightest).toFixed(3));
        cell.bar.classList.toggle("draw-less", adds[at] < 0);
        cell.bar.style.width = `${((50 * Math.abs(adds[at])) / most).toFixed(1)}%`;
        set(cell.button, { "aria-label": texts[at] });
      });
      general = `The bars show what each unit adds to the score of ${best}. Point at a unit for its numbers.`;
      tell(pointed);
    }

    return { element, show };
  }

  /** A bar for each class; a mark shows where it was before a step. */
  function chances(count) {
    const rows = Array.from({ length: count }, (_, digit) => {
      const [bar, mark, value] = [make("span", { class: "draw-chance" }), make("span", { class: "draw-was", hidden: true }), make("span", { class: "draw-value" })];
      const row = make("div", { class: "draw-row" }, make("span", {}, String(digit)), make("span", { class: "draw-track" }, bar, mark), value);
      return { row, bar, mark, value };
    });
    const [bars, answer] = [make("div", { class: "draw-chances", role: "img" }, ...rows.map(({ row }) => row)), make("b")];
    const element = make("div", {}, bars, make("p", { class: "draw-answer", "aria-hidden": "true" }, "read as ", answer));

    function show(values) {
      const best = TwoLayer.first(values);
      rows.forEach(({ row, bar, value }, digit) => {
        row.classList.toggle("draw-best", digit === best);
        bar.style.width = `${(100 * values[digit]).toFixed(2)}%`;
        value.textContent = number(values[digit]);
      });
      answer.textContent = best;
      set(bars, { "aria-label": `Probabilities: ${values.map((value, digit) => `${digit}: ${number(value)}`).join(", ")}` });
    }

    const remember = (values) =>
      rows.forEach(({ mark }, digit) => {
        mark.hidden = false;
        mark.style.left = `${(100 * values[digit]).toFixed(2)}%`;
      });
    const forget = () => rows.forEach(({ mark }) => (mark.hidden = true));
    return { element, show, remember, forget };
  }

  /** Images to choose from: the arrow keys go from one to the next. */
  function samples(images, { side, low, high, choose }) {
    const buttons = images.map((image, at) => {
      const picture = make("canvas", { width: side, height: side });
      grey(picture, image.input, { low, high });
      const label = `Sample ${at + 1}, ${image.name}`;
      return make("button", { type: "button", class: "draw-sample", "aria-label": label, onclick: () => choose(at) }, picture);
    });
    roving(buttons, 1, choose);
    const mark = (chosen) => buttons.forEach((one, at) => set(one, { "aria-pressed": String(at === chosen) }));
    return { element: make("div", { class: "draw-samples", role: "group", "aria-label": "Sample digits" }, ...buttons), mark };
  }

  /** What a step has changed. */
  function changes() {
    const [caption, body] = [make("caption"), make("tbody")];
    const titles = ["", "before", "after"].map((title) => (title ? make("th", { scope: "col" }, title) : make("td")));
    const element = make("table", { class: "draw-changes", hidden: true }, caption, make("thead", {}, make("tr", {}, ...titles)), body);

    function show(title, rows) {
      caption.textContent = title;
      const row = ([name, ...values]) => make("tr", {}, make("th", { scope: "row" }, name), ...values.map((value) => make("td", {}, String(value))));
      body.replaceChildren(...rows.map(row));
      element.hidden = false;
    }

    return { element, show, hide: () => (element.hidden = true) };
  }

  return { grey, pad, units, chances, samples, changes };
})();
