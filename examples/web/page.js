/* page.js -- what one draws, what the network makes of it, and its training. */
const $ = (id) => document.getElementById(id);
const SIDE = 28, PAD = 280, PEN = 22;

/* ---- what the page carries ---- */

const bytesOf = (id) => Uint8Array.from(atob($(id).textContent), (letter) => letter.charCodeAt(0));

async function unpacked(id) {
  const stream = new Blob([bytesOf(id)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/* The pictures of a set, and their classes behind them, without the headers of their files. */
async function readSet(name) {
  if (typeof DecompressionStream === "undefined")
    throw new Error("This browser cannot unpack the digits that the page carries: it has no DecompressionStream");
  const [images, labels] = await Promise.all([unpacked(name + "-images"), unpacked(name + "-labels")]);
  const rows = labels.length - 8, bytes = new Uint8Array(rows * (SIDE * SIDE + 1));
  bytes.set(images.subarray(16));
  bytes.set(labels.subarray(8), rows * SIDE * SIDE);
  return { bytes, rows };
}
const sets = {};
const setOf = (name) => (sets[name] ??= readSet(name));

/* ---- the module ---- */

/* A function that gives 16 zeros: (module (func (result v128) i32.const 0 i8x16.splat)). */
const hasVectors = () => WebAssembly.validate(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0,
  1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11]));

function complain(message) {
  $("problem").textContent = message;
  $("problem").hidden = false;
}

async function compileModule() {
  if (typeof WebAssembly === "undefined")
    throw new Error("This browser has no WebAssembly, in which the network is written: any one since 2017 has, " +
      "unless it is switched off");
  const vectors = hasVectors() && location.hash !== "#generic";
  $("module").textContent = vectors ? " with vectors of 128 bits" : " without vectors";
  if (!vectors && location.hash !== "#generic")
    complain("This browser has no WebAssembly SIMD: the network runs without, at about a third of the speed.");
  return WebAssembly.compile(bytesOf(vectors ? "wasm" : "generic"));
}

/* ---- from strokes to 28x28 pixels ---- */

/* As the pictures of MNIST were made: the longer side becomes 20 pixels, and the centre of mass the centre. */
function pixelsOf(ink) {
  let mass = 0, x = 0, y = 0, left = PAD, right = 0, top = PAD, bottom = 0;
  for (let i = 0; i < PAD * PAD; i++) {
    const a = ink[4 * i + 3], column = i % PAD, row = (i - column) / PAD;
    if (a === 0) continue;
    mass += a, x += a * column, y += a * row;
    left = Math.min(left, column), right = Math.max(right, column), top = Math.min(top, row), bottom = row;
  }
  const pixels = new Float32Array(SIDE * SIDE);
  if (mass === 0) return pixels;
  const scale = Math.max(right - left + 1, bottom - top + 1, 3 * PEN) / 20;
  for (let row = top; row <= bottom; row++)
    for (let column = left; column <= right; column++) {
      const [i, j] = [row - y / mass, column - x / mass].map((from) => Math.floor(from / scale + SIDE / 2));
      if (i >= 0 && i < SIDE && j >= 0 && j < SIDE)
        pixels[i * SIDE + j] += ink[4 * (row * PAD + column) + 3] / 255 / scale ** 2;
    }
  return pixels.map((value) => Math.min(1, value));
}

/* ---- pictures ---- */

/* From dark over orange to light. */
const heat = (value) => [20 + 440 * value, 20 + 250 * value ** 2, 30 + 200 * value ** 3, 255].map((part) => Math.min(255, part));

/* Some maps of rows x columns, eight side by side, one pixel apart. */
function drawMaps(canvas, values, rows, columns, channels) {
  const across = Math.min(8, channels), context = canvas.getContext("2d");
  canvas.width = across * (columns + 1) - 1;
  canvas.height = Math.ceil(channels / across) * (rows + 1) - 1;
  const image = context.createImageData(canvas.width, canvas.height);
  const most = values.reduce((max, value) => Math.max(max, Math.abs(value)), 1e-9);
  values.forEach((value, i) => {
    const channel = i % channels, place = (i - channel) / channels, column = place % columns, row = (place - column) / columns;
    const at = (Math.floor(channel / across) * (rows + 1) + row) * canvas.width + (channel % across) * (columns + 1) + column;
    image.data.set(heat(Math.abs(value) / most), 4 * at);
  });
  context.putImageData(image, 0, 0);
}

/* ---- the network at work ---- */

let engine, module;
let pixels = new Float32Array(SIDE * SIDE), shown = []; /* shown: the layers that have pictures */

const percent = (value) => (100 * value).toFixed(value > 0.9995 || value < 0.1 ? 2 : 1) + " %";

function makeScores() {
  $("scores").replaceChildren(...Array.from({ length: engine.network.classes }, (_, digit) => {
    const item = document.createElement("li");
    item.innerHTML = `<span>${digit}</span><span class="bar" aria-hidden="true"><span></span></span><span></span>`;
    return item;
  }));
}

/* Those of two axes and channels, without what does nothing in a prediction. */
function makeLayers() {
  shown = engine.network.layers.map((layer, number) => ({ ...layer, number }))
    .filter((layer) => layer.shape.length === 3 && layer.type !== "Dropout");
  for (const layer of shown) {
    const figure = document.createElement("figure"), caption = document.createElement("figcaption");
    layer.canvas = document.createElement("canvas");
    layer.canvas.setAttribute("role", "img");
    caption.textContent = `${layer.name}: ${layer.shape[2]} maps of ${layer.shape[0]}x${layer.shape[1]}`;
    figure.append(caption, layer.canvas);
    $("layers").append(figure);
  }
}

/* What the pictures show, for who does not see them. */
function describeLayer(layer, values) {
  const [rows, columns, channels] = layer.shape, sums = new Float64Array(channels);
  values.forEach((value, i) => (sums[i % channels] += value));
  const best = sums.indexOf(Math.max(...sums));
  layer.canvas.setAttribute("aria-label", `${layer.name}, ${channels} maps of ${rows}x${columns}: ` +
    (sums[best] > 0 ? `map ${best + 1} answers most` : "none answers"));
}

function think() {
  const scores = engine.predict(pixels), empty = pixels.every((value) => value === 0);
  const layers = engine.layers(), best = scores.indexOf(Math.max(...scores));
  Array.from($("scores").children).forEach((item, digit) => {
    const value = empty ? 0 : scores[digit];
    item.className = !empty && digit === best ? "best" : "";
    item.children[1].firstChild.style.width = 100 * value + "%";
    item.children[2].textContent = empty ? "" : percent(value);
  });
  $("verdict").textContent = empty ? "Nothing yet" : `${best}, with ${percent(scores[best])}`;
  drawMaps($("seen"), pixels, SIDE, SIDE, 1);
  for (const layer of shown) {
    drawMaps(layer.canvas, layers[layer.number], ...layer.shape);
    describeLayer(layer, layers[layer.number]);
  }
}

function measure() {
  let times = 50, seconds = 0;
  while (seconds < 0.03) {
    times *= 2;
    const start = performance.now();
    engine.predict(pixels, times);
    seconds = (performance.now() - start) / 1000;
  }
  $("speed").textContent = `${Math.round(times / seconds).toLocaleString("en")} predictions a second on one core of this machine`;
}

/* ---- drawing ---- */

const pad = $("pad"), ink = pad.getContext("2d", { willReadFrequently: true });
let waiting = false, sample = false; /* sample: what is there was not drawn */

function look() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    if (!sample) pixels = pixelsOf(ink.getImageData(0, 0, PAD, PAD).data);
    think();
  });
}

function wipe() {
  ink.clearRect(0, 0, PAD, PAD);
  sample = false;
  $("truth").textContent = "";
}

function stroke(from, to) {
  if (sample) wipe();
  ink.strokeStyle = "#3b7df0";
  ink.lineWidth = PEN;
  ink.lineCap = "round";
  ink.beginPath();
  ink.moveTo(...from);
  ink.lineTo(...to);
  ink.stroke();
  look();
}

function listenToPointers() {
  const strokes = new Map(); /* by pointer: where it was last */
  const place = (event) => {
    const box = pad.getBoundingClientRect();
    return [(event.clientX - box.left - 2) / (box.width - 4) * PAD, (event.clientY - box.top - 2) / (box.height - 4) * PAD];
  };
  pad.addEventListener("pointerdown", (event) => {
    pad.setPointerCapture(event.pointerId);
    strokes.set(event.pointerId, place(event));
    stroke(place(event), place(event));
  });
  pad.addEventListener("pointermove", (event) => {
    if (!strokes.has(event.pointerId)) return;
    stroke(strokes.get(event.pointerId), place(event));
    strokes.set(event.pointerId, place(event));
  });
  for (const end of ["pointerup", "pointercancel"]) pad.addEventListener(end, (event) => strokes.delete(event.pointerId));
}

function listenToKeys() {
  const steps = { ArrowLeft: [-10, 0], ArrowRight: [10, 0], ArrowUp: [0, -10], ArrowDown: [0, 10] };
  let at = [PAD / 2, PAD / 4], down = false;
  pad.addEventListener("keydown", (event) => {
    const from = at;
    if (event.key === " ") down = !down;
    else if (steps[event.key]) at = at.map((value, axis) => Math.min(PAD, Math.max(0, value + steps[event.key][axis])));
    else return;
    event.preventDefault();
    if (down) stroke(from, at);
    $("pen").hidden = false;
    $("pen").className = down ? "down" : "";
    Object.assign($("pen").style, { left: 100 * at[0] / PAD + "%", top: 100 * at[1] / PAD + "%" });
  });
}

async function showSample() {
  const { bytes, rows } = await setOf("t10k"), row = Math.floor(Math.random() * rows);
  wipe();
  sample = true;
  pixels = Float32Array.from(bytes.subarray(row * SIDE * SIDE, (row + 1) * SIDE * SIDE), (value) => value / 255);
  ink.fillStyle = "#3b7df0";
  pixels.forEach((value, i) => {
    ink.globalAlpha = value;
    ink.fillRect(i % SIDE * 10, Math.floor(i / SIDE) * 10, 10, 10);
  });
  ink.globalAlpha = 1;
  $("truth").textContent = `It is a ${bytes[rows * SIDE * SIDE + row]}.`;
  look();
}

/* ---- the curves ---- */

/* Lines of values by epoch; an SVG with its numbers in words. */
function plot(svg, name, lines) {
  const all = lines.flatMap((line) => line.values), most = name === "accuracy" ? 1 : Math.max(...all, 1e-3);
  const epochs = Math.max(2, ...lines.map((line) => line.values.length));
  const x = (i) => 34 + 274 * i / (epochs - 1), y = (value) => 136 - 124 * Math.min(1, value / most);
  let text = "";
  for (let i = 0; i <= 4; i++) {
    const value = most * i / 4, at = y(value);
    text += `<line class="grid" x1="34" x2="308" y1="${at}" y2="${at}"/>` +
      `<text x="30" y="${at + 3}" text-anchor="end">${value.toFixed(2)}</text>`;
  }
  const every = Math.ceil(epochs / 10);
  for (let i = 0; i < epochs; i += every) text += `<text x="${x(i)}" y="152" text-anchor="middle">${i + 1}</text>`;
  for (const { kind, values } of lines) {
    text += `<polyline class="${kind}" points="${values.map((value, i) => `${x(i)},${y(value)}`).join(" ")}"/>`;
    text += values.map((value, i) => `<circle class="dot-${kind}" cx="${x(i)}" cy="${y(value)}" r="2.5">` +
      `<title>epoch ${i + 1}: ${value.toFixed(4)}</title></circle>`).join("");
  }
  svg.innerHTML = text;
  svg.setAttribute("aria-label", lines.map(({ kind, values }) =>
    `${name} in ${kind} by epoch: ${values.map((value) => value.toFixed(3)).join(", ") || "none yet"}`).join("; "));
}

function plotAll(history) {
  ["loss", "accuracy"].forEach((name, column) => plot($(name), name, [
    { kind: "train", values: history.map((row) => row.columns[column]) },
    { kind: "validation", values: history.map((row) => row.validation[column]) }]));
  const numbers = ({ columns, validation, seconds }, i) =>
    [i + 1, ...[...columns, ...validation].map((value) => value.toFixed(4)), seconds.toFixed(2)];
  $("epochs-table").tBodies[0].innerHTML = history.map((row, i) => `<tr><td>${numbers(row, i).join("<td>")}</tr>`).join("");
  $("curves").hidden = false;
}

/* ---- training ---- */

let worker = null;

function endTraining(message) {
  worker?.terminate();
  worker = null;
  $("train").textContent = "Train";
  $("progress").hidden = true;
  $("status").textContent = message;
}

function use(parameters) {
  engine.setParameters(parameters);
  think();
}

function listenToWorker(epochs) {
  const history = [];
  worker.onerror = (event) => endTraining(`The training failed: ${event.message}`);
  worker.onmessage = ({ data }) => {
    if (data.failed) endTraining(`The training failed: ${data.failed}`);
    else if (data.steps) {
      $("progress").value = data.step / data.steps;
      const [loss, accuracy] = data.columns.map((value) => value.toFixed(4));
      $("status").textContent = `Epoch ${data.epoch + 1} of ${epochs}: loss ${loss}, accuracy ${accuracy}`;
    } else if (data.done) {
      use(data.parameters);
      const seconds = history.reduce((sum, row) => sum + row.seconds, 0) / history.length;
      endTraining(`Trained: ${epochs} epoch${epochs > 1 ? "s" : ""} of ${seconds.toFixed(2)} seconds; ` +
        `${(100 * history.at(-1).validation[1]).toFixed(1)} % of the test set are read right.`);
    } else {
      history.push(data);
      plotAll(history);
      use(data.parameters);
    }
  };
}

async function train() {
  if (worker) return endTraining("Stopped: the page has the weights of the last epoch that ended.");
  const epochs = Number($("epochs").value), seed = Number($("seed").value);
  $("train").textContent = "Stop";
  $("progress").value = 0;
  $("progress").hidden = false;
  $("status").textContent = "Unpacking the digits";
  const source = ["engine-source", "worker-source"].map((id) => $(id).textContent).join("\n");
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  worker = new Worker(url);
  URL.revokeObjectURL(url);
  listenToWorker(epochs);
  try {
    worker.postMessage({ module, train: await setOf("train"), test: await setOf("t10k"), epochs, seed });
  } catch (error) {
    endTraining(error.message);
  }
}

/* ---- files of weights ---- */

/* As the program's: names, shapes and type must be those of the network. */
function readWeights(bytes, name) {
  let header, start;
  try {
    start = 8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
    header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start)));
  } catch {
    throw new Error(`${name}: is no safetensors file`);
  }
  const parameters = engine.parameters();
  for (const { name: tensor, shape, offset } of engine.network.parameters) {
    const entry = header[tensor], count = shape.reduce((product, size) => product * size, 1);
    if (!entry) throw new Error(`${name}: has no tensor ${tensor}: it is of another network`);
    if (entry.dtype !== "F32" || String(entry.shape) !== String(shape))
      throw new Error(`${name}: tensor ${tensor} is ${entry.dtype} ${[entry.shape].flat().join("x")}, ` +
        `but in this network F32 ${shape.join("x")}`);
    const data = bytes.slice(start + entry.data_offsets[0], start + entry.data_offsets[1]);
    if (data.length !== 4 * count) throw new Error(`${name}: is cut off`);
    parameters.set(new Float32Array(data.buffer), offset);
  }
  return parameters;
}

const useShipped = () => use(readWeights(bytesOf("weights"), "the page"));

async function load(file) {
  try {
    use(readWeights(new Uint8Array(await file.arrayBuffer()), file.name));
    $("status").textContent = `Loaded ${file.name}`;
  } catch (error) {
    $("status").textContent = error.message;
  }
}

function save(event) {
  const url = URL.createObjectURL(new Blob([engine.pack()], { type: "application/octet-stream" }));
  event.currentTarget.href = url;
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}

/* ---- all together ---- */

async function begin() {
  module = await compileModule();
  engine = await openEngine(module);
  makeScores();
  makeLayers();
  useShipped();
  listenToPointers();
  listenToKeys();
  $("clear").onclick = () => { wipe(); look(); };
  $("sample").onclick = () => showSample().catch((error) => complain(error.message));
  $("training").onsubmit = (event) => { event.preventDefault(); train(); };
  $("save").onclick = save;
  $("file").onchange = (event) => { load(event.target.files[0]); event.target.value = ""; };
  $("load").onkeydown = (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    $("file").click();
  };
  $("shipped").onclick = () => {
    useShipped();
    $("status").textContent = "These are the shipped weights again.";
  };
  setTimeout(measure, 200);
}
begin().catch((error) => complain(error.message));
