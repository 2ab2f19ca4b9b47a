// Turns what a reader draws into an image of 8x8 counts, as the digits of the course were made from writing on paper.
//
// It knows nothing of pages or networks. The digits come from forms of NIST: each was set upright, scaled to 20x32
// pixels and thickened or thinned until it had its share of ink; the count of ink in each block of 4x4 is a pixel.
"use strict";

const Strokes = (() => {
  const EDGE = 32;
  const WIDEST = 20;
  const BLOCK = 4;
  const SLANT = 0.7; // part of the slant that is taken away: more of it turns a 7 into a 1
  const FLAT = 3; // a dash is stretched upwards at most this many times as much as sideways
  const THICKEST = 5; // pixels from the middle of a line to its edge
  const ROUNDS = 4; // thicker lines leave less room, so size and thickness are found in turns
  const CLOSE = 1e-9; // pixels as far away as the last one that gets ink get ink too

  /** The pieces [x, y, x, y] between the points of all strokes; a single point is a piece of no length. */
  const pieces = (strokes) =>
    strokes.flatMap((points) => points.map((point, k) => [...points[Math.max(0, k - 1)], ...point]).slice(points.length > 1 ? 1 : 0));

  /** Take away most of the slant: the slope of x in y, each piece counted by its length. */
  function upright(lines) {
    const middles = lines.map(([ax, ay, bx, by]) => [(ax + bx) / 2, (ay + by) / 2, Math.sqrt((bx - ax) ** 2 + (by - ay) ** 2)]);
    const sum = (term) => middles.reduce((total, middle) => total + middle[2] * term(middle), 0);
    const length = sum(() => 1) || 1;
    const [x, y] = [0, 1].map((axis) => sum((middle) => middle[axis]) / length);
    const spread = sum((middle) => (middle[1] - y) ** 2);
    const slope = spread > 0 ? (SLANT * sum((middle) => (middle[0] - x) * (middle[1] - y))) / spread : 0;
    const lean = Math.max(-1, Math.min(1, slope));
    return lines.map(([ax, ay, bx, by]) => [ax - lean * ay, ay, bx - lean * by, by]);
  }

  /** Squared distance of each pixel's middle to the nearest line, as far as a line can be thick. */
  function distances(lines) {
    const far = new Float64Array(EDGE * EDGE).fill(Infinity);
    const from = (low) => Math.max(0, Math.floor(low - THICKEST));
    const to = (high) => Math.min(EDGE, Math.ceil(high + THICKEST));
    for (const [ax, ay, bx, by] of lines) {
      const [dx, dy] = [bx - ax, by - ay];
      const square = dx * dx + dy * dy || 1;
      for (let row = from(Math.min(ay, by)); row < to(Math.max(ay, by)); row++) {
        for (let column = from(Math.min(ax, bx)); column < to(Math.max(ax, bx)); column++) {
          const [x, y] = [column + 0.5 - ax, row + 0.5 - ay];
          const along = Math.max(0, Math.min(1, (x * dx + y * dy) / square));
          const distance = (x - along * dx) ** 2 + (y - along * dy) ** 2;
          if (distance < far[row * EDGE + column]) far[row * EDGE + column] = distance;
        }
      }
    }
    return far;
  }

  /** A bitmap of 32x32 in which about `ink` pixels are 1: those nearest to the strokes. */
  function bitmap(strokes, ink) {
    const lines = upright(pieces(strokes));
    const [xs, ys] = [0, 1].map((axis) => lines.flatMap((line) => [line[axis], line[axis + 2]]));
    const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    let [thick, far] = [2, null];
    for (let round = 0; round < ROUNDS; round++) {
      const across = (WIDEST - 2 * thick) / Math.max(right - left, 1e-6);
      const down = Math.min((EDGE - 2 * thick) / Math.max(bottom - top, 1e-6), FLAT * across);
      const narrow = Math.min(across, down);
      const place = (x, y) => [EDGE / 2 + (x - (left + right) / 2) * narrow, EDGE / 2 + (y - (top + bottom) / 2) * down];
      far = distances(lines.map(([ax, ay, bx, by]) => [...place(ax, ay), ...place(bx, by)]));
      thick = Math.min(THICKEST, Math.sqrt(far.slice().sort()[ink - 1]));
    }
    return far.map((distance) => (distance <= thick * thick + CLOSE ? 1 : 0));
  }

  /** How many pixels of each 4x4 block of a bitmap have ink. */
  function blocks(bits) {
    const counts = new Array((EDGE / BLOCK) ** 2).fill(0);
    bits.forEach((bit, k) => {
      const [row, column] = [Math.floor(k / EDGE), k % EDGE];
      counts[Math.floor(row / BLOCK) * (EDGE / BLOCK) + Math.floor(column / BLOCK)] += bit;
    });
    return counts;
  }

  /** The 8x8 counts of strokes, each a list of points [x, y]; without a stroke, all are zero. */
  const counts = (strokes, ink) => (strokes.length ? blocks(bitmap(strokes, ink)) : new Array((EDGE / BLOCK) ** 2).fill(0));

  return { counts, blocks };
})();
