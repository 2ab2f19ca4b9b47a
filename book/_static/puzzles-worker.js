// Runs a reader's lines in Python, apart from the page: it judges one puzzle a message, and knows no answer.
// It is a module, because Pyodide refuses to run in any other worker; a page that was opened as a file starts none.
import "./puzzles-python.js";

const PYODIDE = new URL("../lite/static/pyodide/", self.location.href).href;

const judge = (async () => {
  const { loadPyodide } = await import(`${PYODIDE}pyodide.mjs`);
  const python = await loadPyodide({ indexURL: PYODIDE, packages: ["numpy"] });
  python.FS.mkdir("checks");
  python.FS.writeFile("checks/__init__.py", "");
  python.FS.writeFile("checks/differences.py", self.PUZZLES_PYTHON["differences.py"]);
  python.FS.writeFile("puzzles.py", self.PUZZLES_PYTHON["puzzles.py"]);
  python.runPython("import sys; sys.path.insert(0, '.')\nimport puzzles");
  return (name, lines) => {
    const verdict = python.pyimport("puzzles").judge(name, lines);
    const answer = { right: verdict.right, says: verdict.says };
    verdict.destroy();
    return answer;
  };
})();

judge.then(
  () => self.postMessage({ ready: true }),
  () => self.postMessage({ missing: true }),
);

self.onmessage = async ({ data }) => {
  self.postMessage((await judge)(data.name, data.lines));
};
