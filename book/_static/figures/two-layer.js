// A network of two layers with ReLU and softmax, for one image at a time: what it reads, and one step of training.
//
// It draws nothing. `net` is {W1, b1, W2, b2}, each a plain list of numbers, row after row.
"use strict";

const TwoLayer = (() => {
  function dot(weights, start, x) {
    let sum = 0;
    for (let k = 0; k < x.length; k++) sum += weights[start + k] * x[k];
    return sum;
  }

  const layer = (weights, biases, x) => biases.map((bias, unit) => bias + dot(weights, unit * x.length, x));

  /** What the units of both layers make of an image: `hidden`, `scores` and `chances`. */
  function read(net, image) {
    const hidden = layer(net.W1, net.b1, image).map((z) => Math.max(0, z));
    const scores = layer(net.W2, net.b2, hidden);
    const highest = Math.max(...scores);
    const powers = scores.map((score) => Math.exp(score - highest));
    const total = powers.reduce((sum, power) => sum + power, 0);
    // From the scores, so that the loss stays finite where the chance of a label is too small for a number.
    const loss = (label) => Math.log(total) + highest - scores[label];
    return { hidden, scores, chances: powers.map((power) => power / total), loss };
  }

  /** The network after one step of gradient descent on one image with its label. */
  function taught(net, image, label, rate) {
    const { hidden, chances } = read(net, image);
    const over = chances.map((chance, k) => chance - Number(k === label));
    const under = hidden.map((value, j) => (value > 0 ? over.reduce((sum, part, k) => sum + part * net.W2[k * hidden.length + j], 0) : 0));
    const moved = (weights, blame, x) =>
      weights.map((weight, at) => weight - rate * blame[Math.floor(at / x.length)] * x[at % x.length]);
    return {
      W1: moved(net.W1, under, image),
      b1: moved(net.b1, under, [1]),
      W2: moved(net.W2, over, hidden),
      b2: moved(net.b2, over, [1]),
    };
  }

  /** The place of the largest number. */
  const first = (numbers) => numbers.reduce((best, number, k) => (number > numbers[best] ? k : best), 0);

  return { read, taught, first };
})();
