// The product's model in TF.js, trained in a worker on the same batches: words a second of whole steps.
//
// Embedding, encoder, CRF, dropout, clipping and AdamW are those of the product, as in pytorch.py; the words' hashed rows
// are read, not computed. The gradient by the embedding table is TF.js's own of a gather, or a scatter written here.
"use strict";

importScripts("tf/tf.min.js", "tf/tf-backend-webgpu.min.js");

const WARM_UP_STEPS = 1;
const WINDOW_STEPS = 1;
const WINDOWS_MAX = 10;
const IMPOSSIBLE = -1e4;
const LEARNING_RATE = 2e-3;
const WEIGHT_DECAY = 0.01;
const CLIP_NORM = 5;
const NORM_EPSILON = 1e-5;
const DIRECTIONS = ["forward", "backward"];

/** The parameters; those named in `decaying` are the matrices that weight decay acts on. */
function parameters(sizes) {
  const all = {};
  const decaying = [];
  const variable = (name, value) => (all[name] = tf.variable(value, true, name));
  const block = (name, inputs, width) => {
    const bound = 1 / Math.sqrt(inputs);
    variable(`${name}.weight`, tf.randomUniform([inputs, width], -bound, bound));
    decaying.push(`${name}.weight`);
    variable(`${name}.bias`, tf.zeros([width]));
    variable(`${name}.gain`, tf.ones([width]));
    variable(`${name}.shift`, tf.zeros([width]));
  };
  const { rows, embedding_width, encoder_width, features, blocks, lstm, tags } = sizes;
  variable("table", tf.randomNormal([rows, embedding_width], 0, 0.1));
  decaying.push("table");
  block("input", features * embedding_width, encoder_width);
  for (let i = 0; i < blocks; i += 1) block(`block.${i}`, 3 * encoder_width, encoder_width);
  for (const direction of lstm ? DIRECTIONS : []) {
    const bound = 1 / Math.sqrt(lstm);
    for (const [name, inputs] of [["weight", encoder_width], ["recurrent", lstm]]) {
      variable(`lstm.${direction}.${name}`, tf.randomUniform([inputs, 4 * lstm], -bound, bound));
      decaying.push(`lstm.${direction}.${name}`);
    }
    variable(`lstm.${direction}.bias`, tf.zeros([4 * lstm]));
  }
  const last = lstm ? 2 * lstm : encoder_width;
  const bound = 1 / Math.sqrt(last);
  variable("output.weight", tf.randomUniform([last, tags], -bound, bound));
  decaying.push("output.weight");
  variable("output.bias", tf.zeros([tags]));
  variable("start", tf.zeros([tags]));
  variable("end", tf.zeros([tags]));
  variable("moves", tf.zeros([tags, tags]));
  return { all, decaying };
}

/** What the tags' scheme forbids, as scores to add. */
function forbidden(tags) {
  const inside = (tag) => tag > 0 && tag % 2 === 0;
  const moves = [];
  for (let from = 0; from < tags; from += 1) {
    moves.push([]);
    for (let to = 0; to < tags; to += 1) {
      moves[from].push(!inside(to) || from === to || from === to - 1 ? 0 : IMPOSSIBLE);
    }
  }
  return { moves: tf.tensor2d(moves), start: tf.tensor1d([...Array(tags).keys()].map((tag) => (inside(tag) ? IMPOSSIBLE : 0))) };
}

function gelu(x) {
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
}

function layerNorm(x, gain, shift) {
  const { mean, variance } = tf.moments(x, 1, true);
  return tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, NORM_EPSILON))), gain), shift);
}

class Tagger {
  constructor(sizes, gradient) {
    this.sizes = sizes;
    this.gradient = gradient;
    const { all, decaying } = parameters(sizes);
    this.all = all;
    this.decaying = decaying;
    this.forbidden = forbidden(sizes.tags);
    this.optimiser = tf.train.adam(LEARNING_RATE, 0.9, 0.999, 1e-8);
  }

  embedded(rows) {
    if (this.gradient === "gather") return tf.gather(this.all.table, rows);
    const scattered = tf.customGrad((table) => ({
      value: tf.gather(table, rows),
      gradFunc: (dy) => tf.scatterND(tf.expandDims(rows, 1), dy, table.shape),
    }));
    return scattered(this.all.table);
  }

  block(name, x) {
    const { [`${name}.weight`]: weight, [`${name}.bias`]: bias, [`${name}.gain`]: gain, [`${name}.shift`]: shift } = this.all;
    return layerNorm(gelu(tf.add(tf.matMul(x, weight), bias)), gain, shift);
  }

  /** One mask a sentence. */
  keep(x) {
    const { dropout } = this.sizes;
    if (dropout === 0) return x;
    const keep = tf.cast(tf.less(tf.randomUniform([x.shape[0], 1, x.shape[2]]), 1 - dropout), "float32");
    return tf.mul(x, tf.div(keep, 1 - dropout));
  }

  /** One direction's outputs by place; behind a sentence's end the state stays as it was. */
  direction(name, x, present, sentences, width) {
    const { encoder_width, lstm } = this.sizes;
    const { [`lstm.${name}.weight`]: weight, [`lstm.${name}.recurrent`]: recurrent, [`lstm.${name}.bias`]: bias } = this.all;
    const inputs = tf.add(tf.matMul(tf.reshape(x, [sentences * width, encoder_width]), weight), bias);
    const byPlace = tf.unstack(tf.reshape(inputs, [sentences, width, 4 * lstm]), 1);
    let [state, cell] = [tf.zeros([sentences, lstm]), tf.zeros([sentences, lstm])];
    const outputs = [];
    for (let i = 0; i < width; i += 1) {
      const t = name === "forward" ? i : width - 1 - i;
      const [input, forget, output, candidate] = tf.split(tf.add(byPlace[t], tf.matMul(state, recurrent)), 4, 1);
      const next = tf.add(tf.mul(tf.sigmoid(forget), cell), tf.mul(tf.sigmoid(input), tf.tanh(candidate)));
      const there = tf.expandDims(present[t], 1);
      state = tf.where(there, tf.mul(tf.sigmoid(output), tf.tanh(next)), state);
      cell = tf.where(there, next, cell);
      outputs[t] = state;
    }
    return tf.stack(outputs, 1);
  }

  emissions({ rows, mask, present, sentences, width }) {
    const { features, hashes, embedding_width, encoder_width, blocks, lstm, tags } = this.sizes;
    const flat = sentences * width;
    const column = tf.reshape(mask, [sentences, width, 1]);
    const embedding = tf.sum(tf.reshape(this.embedded(rows), [flat * features, hashes, embedding_width]), 1);
    const first = this.block("input", tf.reshape(embedding, [flat, features * embedding_width]));
    let x = tf.mul(tf.reshape(first, [sentences, width, encoder_width]), column);
    for (let i = 0; i < blocks; i += 1) {
      const padded = tf.pad(x, [[0, 0], [1, 1], [0, 0]]);
      const part = (from) => tf.slice(padded, [0, from, 0], [sentences, width, encoder_width]);
      const windows = tf.reshape(tf.concat([part(0), x, part(2)], 2), [flat, 3 * encoder_width]);
      const change = tf.reshape(this.block(`block.${i}`, windows), [sentences, width, encoder_width]);
      x = tf.mul(tf.add(x, this.keep(change)), column);
    }
    if (lstm) x = this.keep(tf.concat(DIRECTIONS.map((name) => this.direction(name, x, present, sentences, width)), 2));
    const scores = tf.add(tf.matMul(tf.reshape(x, [flat, x.shape[2]]), this.all["output.weight"]), this.all["output.bias"]);
    return tf.reshape(scores, [sentences, width, tags]);
  }

  loss(batch) {
    const { present, gold, last, sentences, width } = batch;
    const { tags } = this.sizes;
    const scores = this.emissions(batch);
    const moves = tf.add(this.all.moves, this.forbidden.moves);
    const start = tf.add(this.all.start, this.forbidden.start);
    const byPlace = tf.unstack(scores, 1);
    let path = tf.add(start, byPlace[0]);
    for (let t = 1; t < width; t += 1) {
      const longer = tf.add(tf.logSumExp(tf.add(tf.expandDims(path, 2), moves), 1), byPlace[t]);
      path = tf.where(tf.expandDims(present[t], 1), longer, path);
    }
    const partition = tf.logSumExp(tf.add(path, this.all.end), 1);
    // One-hot products: TF.js has no gradient of gatherND.
    const emitted = tf.sum(tf.mul(scores, gold), [1, 2]);
    const part = (from) => tf.reshape(tf.slice(gold, [0, from, 0], [sentences, width - 1, tags]), [sentences * (width - 1), tags]);
    const moved = tf.sum(tf.reshape(tf.mul(tf.matMul(part(0), moves), part(1)), [sentences, (width - 1) * tags]), 1);
    const first = tf.reshape(tf.slice(gold, [0, 0, 0], [sentences, 1, tags]), [sentences, tags]);
    const ends = tf.add(tf.sum(tf.mul(first, start), 1), tf.sum(tf.mul(last, this.all.end), 1));
    return tf.mean(tf.sub(partition, tf.add(tf.add(emitted, moved), ends)));
  }

  step(batch) {
    return tf.tidy(() => {
      const given = tensors(batch, this.sizes.tags);
      const { value, grads } = tf.variableGrads(() => this.loss(given));
      const squares = Object.values(grads).map((gradient) => tf.sum(tf.square(gradient)));
      const scale = tf.minimum(tf.div(CLIP_NORM, tf.add(tf.sqrt(tf.addN(squares)), 1e-6)), 1);
      for (const name of Object.keys(grads)) grads[name] = tf.mul(grads[name], scale);
      for (const name of this.decaying) this.all[name].assign(tf.mul(this.all[name], 1 - LEARNING_RATE * WEIGHT_DECAY));
      this.optimiser.applyGradients(grads);
      return value;
    });
  }
}

/** A batch on the device; the places after a sentence's end have no gold tag. */
function tensors({ width, lengths, rows, tags: given }, tags) {
  const sentences = lengths.length;
  const [mask, gold, last] = [new Float32Array(sentences * width), new Float32Array(sentences * width * tags), new Float32Array(sentences * tags)];
  lengths.forEach((length, s) => {
    for (let t = 0; t < length; t += 1) {
      mask[s * width + t] = 1;
      gold[(s * width + t) * tags + given[s][t]] = 1;
    }
    last[s * tags + given[s][length - 1]] = 1;
  });
  return {
    sentences,
    width,
    rows: tf.tensor1d(Int32Array.from(rows), "int32"),
    mask: tf.tensor2d(mask, [sentences, width]),
    present: tf.unstack(tf.greater(tf.tensor2d(mask, [sentences, width]), 0), 1),
    gold: tf.tensor3d(gold, [sentences, width, tags]),
    last: tf.tensor2d(last, [sentences, tags]),
  };
}

async function train({ backend, gradient }) {
  const { sizes, batches } = await (await fetch("batches.json")).json();
  if (!(await tf.setBackend(backend))) throw new Error("the backend does not start");
  await tf.ready();
  const model = new Tagger(sizes, gradient);
  let at = 0;
  for (let window = 0; window <= WINDOWS_MAX; window += 1) {
    const begin = performance.now();
    let words = 0;
    let loss;
    for (let i = 0; i < (window === 0 ? WARM_UP_STEPS : WINDOW_STEPS); i += 1) {
      const batch = batches[at % batches.length];
      at += 1;
      loss?.dispose();
      loss = model.step(batch);
      words += batch.lengths.reduce((sum, length) => sum + length, 0);
    }
    // Waits for the device.
    const [value] = await loss.data();
    loss.dispose();
    if (!Number.isFinite(value)) throw new Error(`the loss is ${value}`);
    if (window > 0) postMessage({ words, ms: performance.now() - begin });
  }
}

onmessage = ({ data }) =>
  train(data).then(
    () => postMessage({ why: "done" }),
    (fault) => postMessage({ why: String(fault) }),
  );
