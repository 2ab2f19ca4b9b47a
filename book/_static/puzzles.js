// The puzzles: sends a reader's lines to Python in a worker, shows what it says, and keeps what is solved.
(() => {
  const SECONDS = 10; // that a reader's lines may run
  const KEPT = "backprop-by-hand-puzzles";
  const forms = [...document.querySelectorAll(".puzzle-form")];
  const progress = document.querySelector(".puzzle-progress");
  if (!forms.length || !location.protocol.startsWith("http")) {
    if (progress) {
      progress.hidden = false;
      progress.textContent =
        "This page was opened as a file, and a browser runs no Python there: download the script named above, or open the book from a web server.";
    }
    return;
  }

  const here = document.currentScript.src;
  const kept = read();
  let worker = null;
  let ready = null; // resolves when Python has started
  let busy = false;

  function read() {
    try {
      return { solved: [], lines: {}, ...JSON.parse(localStorage.getItem(KEPT)) };
    } catch {
      return { solved: [], lines: {} };
    }
  }

  function keep() {
    try {
      localStorage.setItem(KEPT, JSON.stringify(kept));
    } catch {
      // A browser that keeps nothing: the puzzles work all the same.
    }
  }

  function showProgress() {
    progress.hidden = false;
    progress.textContent = `${kept.solved.length} of ${forms.length} solved`;
    for (const form of forms) {
      form.classList.toggle("solved", kept.solved.includes(form.dataset.puzzle));
    }
  }

  function start() {
    if (worker) return ready;
    worker = new Worker(new URL("puzzles-worker.js", here), { type: "module" });
    const started = worker;
    ready = new Promise((resolve, reject) => {
      started.onerror = (event) => {
        event.preventDefault();
        reject(new Error("missing"));
      };
      started.onmessage = ({ data }) => (data.ready ? resolve() : reject(new Error("missing")));
    });
    ready.catch(stop);
    return ready;
  }

  function stop() {
    worker?.terminate();
    worker = null;
  }

  function ask(name, lines) {
    return new Promise((resolve) => {
      const clock = setTimeout(() => {
        stop();
        resolve({
          right: false,
          says: `Stopped: your lines ran for ${SECONDS} seconds. Is there a loop that never ends?`,
        });
      }, SECONDS * 1000);
      worker.onmessage = ({ data }) => {
        clearTimeout(clock);
        resolve(data);
      };
      worker.postMessage({ name, lines });
    });
  }

  async function check(form) {
    const name = form.dataset.puzzle;
    const says = form.querySelector(".puzzle-says");
    if (busy) {
      says.textContent = "Another puzzle is being checked: try again when it is done.";
      return;
    }
    busy = true;
    const lines = form.querySelector("textarea").value;
    kept.lines[name] = lines;
    try {
      says.className = "puzzle-says";
      says.textContent = "Starting Python: the first time, this takes some seconds …";
      await start();
      says.textContent = "Checking …";
      const verdict = await ask(name, lines);
      says.classList.add(verdict.right ? "right" : "wrong");
      says.textContent = verdict.says;
      if (verdict.right && !kept.solved.includes(name)) kept.solved.push(name);
      showProgress();
    } catch {
      says.textContent =
        "Python does not start here, because this copy of the book came without it: download the script named at the top of the page instead.";
    } finally {
      keep();
      busy = false;
    }
  }

  for (const form of forms) {
    const area = form.querySelector("textarea");
    form.hidden = false;
    area.value = kept.lines[form.dataset.puzzle] ?? "";
    form.querySelector("button").addEventListener("click", () => check(form));
    area.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        check(form);
      }
    });
  }
  showProgress();
})();
