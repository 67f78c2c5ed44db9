// page.js -- the sections of a report, in their order, of the data that the runtime wrote (report.c).

// A training that died cannot say so: it is silent for far longer than an epoch takes.
const silent = Date.now() / 1000 - data.written;
const waits = data.state === "runs" && silent < 120 + 20 * Math.max(...data.history.map((row) => row[2]), 0);

const STATES = {
  runs: waits
    ? "still running: this page follows"
    : `nothing more for ${number(Math.round(silent / 60))} minutes: it may have died`,
  ended: "ended",
  interrupted: "interrupted",
  evaluation: "evaluation",
};

// Rows of the history by name: {epoch, seconds, rate, columns of training and of validation}.
const N = data.columns.length;
const history = data.history.map((row, i) => ({
  epoch: i + 1,
  stage: row[0],
  rate: row[1],
  seconds: row[2],
  train: row.slice(3, 3 + N),
  other: row.slice(3 + N, 3 + 2 * N),
}));
const validates = history.some((row) => finite(row.other).length);

function top() {
  const tile = (value, name) => h("div", { class: "tile" }, h("b", {}, value), h("span", { class: "muted" }, name));
  const last = history.at(-1);
  document.title = `${data.name}: ${STATES[data.state]}`;
  main.append(h("h1", {}, data.name, h("span", { class: "state" }, STATES[data.state])), links);
  const tiles = [
    tile(number(data.parameter_floats), "parameters"),
    tile(number(data.layers.reduce((sum, layer) => sum + layer.multiply_adds, 0)), "multiply-adds a sample"),
  ];
  if (last) {
    tiles.unshift(
      tile(
        plural(history.length, "epoch"),
        `${number(
          history.reduce((sum, row) => sum + row.seconds, 0),
          3,
        )} seconds of training`,
      ),
    );
    data.columns.forEach((name, i) =>
      tiles.push(
        tile(
          number((validates && finite(last.other).length ? last.other : last.train)[i]),
          validates ? `${name}, validation` : name,
        ),
      ),
    );
  }
  main.append(h("div", { class: "tiles" }, tiles));
}

function training() {
  if (!history.length) return;
  const xs = history.map((row) => row.epoch);
  const charts = data.columns.map((name, i) =>
    curves(name, xs, [
      { name: "training", kind: "train", values: history.map((row) => row.train[i]) },
      { name: "validation", kind: "other", values: history.map((row) => row.other[i] ?? null) },
    ]),
  );
  charts.push(curves("learning rate", xs, [{ name: "learning rate", kind: "train", values: history.map((row) => row.rate) }]));
  charts.push(curves("seconds an epoch", xs, [{ name: "seconds", kind: "train", values: history.map((row) => row.seconds) }]));
  const head = [
    "epoch",
    "seconds",
    "learning rate",
    ...data.columns,
    ...(validates ? data.columns.map((name) => "val_" + name) : []),
  ];
  section(
    "Training",
    validates
      ? null
      : h("p", { class: "muted" }, "Nothing validated this training: all curves are of the samples that it was trained on."),
    h("div", { class: "charts" }, charts),
    behind(
      "The numbers of all epochs",
      table(
        head,
        history.map((row) => [
          row.epoch,
          number(row.seconds, 3),
          number(row.rate),
          ...row.train.map((x) => number(x)),
          ...(validates ? row.other.map((x) => number(x)) : []),
        ]),
        {},
        [],
      ),
    ),
  );
}

// Arcs that lead from one row of the table to another, where that is not the next.
function arcs() {
  const high = 26,
    lanes = [],
    paths = [];
  data.layers.forEach((layer, i) =>
    layer.from.forEach((from) => {
      if (from === i - 1) return;
      let lane = 0;
      while (lanes[lane] !== undefined && lanes[lane] > from) lane++;
      lanes[lane] = i;
      paths.push([from, i, lane]);
    }),
  );
  if (!paths.length) return null;
  return { paths, high, width: 14 + 8 * Math.min(lanes.length, 12) };
}

function network() {
  const total = data.layers.reduce((sum, layer) => sum + layer.multiply_adds, 0) || 1;
  const head = ["layer", "type", "fed by", "output", "parameters", "multiply-adds", "of all", "bytes of output"];
  const timed = data.layers.some((layer) => layer.seconds),
    time = data.layers.reduce((sum, layer) => sum + (layer.seconds ?? 0), 0);
  if (timed) head.push("time of one sample", "of all");
  const rows = data.layers.map((layer) => [
    layer.name,
    layer.type,
    layer.from.map((i) => data.layers[i].name).join(", "),
    shape(layer.shape),
    number(layer.parameters),
    number(layer.multiply_adds),
    percent(layer.multiply_adds / total),
    number(4 * layer.shape.reduce((a, b) => a * b, 1)),
    ...(timed ? [layer.seconds ? `${number(1e6 * layer.seconds, 3)} µs` : "with another", percent(layer.seconds / time)] : []),
  ]);
  section(
    "The network",
    h(
      "p",
      {},
      data.inputs.map((input) => `${input.name}: ${shape(input.shape)}`).join(", "),
      " → ",
      (data.outputs ?? []).map((output) => `${output.name}: ${shape(output.shape)}`).join(", "),
    ),
    diagram(),
    table(head, rows, { label: "layers" }, [0, 1, 2, 3]),
    h(
      "p",
      { class: "muted" },
      `${plural(data.parameter_floats, "parameter")}, ${number(4 * data.parameter_floats)} bytes; `,
      `${number(data.trainable_floats)} are trained. One prediction takes ${number(data.predict_bytes)} bytes beside them. `,
      timed
        ? "Times are of this machine, on one thread; a layer without one is computed together with another."
        : "Times of layers are measured where the C was made with --emit bench, as cnnc run does for a report.",
    ),
  );
}

// Boxes from top to bottom, side by side where they do not wait for one another.
function diagram() {
  const depth = [],
    layers = data.layers;
  layers.forEach((layer, i) => {
    depth[i] = layer.from.length ? Math.max(...layer.from.map((j) => depth[j])) + 1 : 0;
  });
  const ranks = [];
  depth.forEach((d, i) => (ranks[d] ??= []).push(i));
  const most = Math.max(...ranks.map((rank) => rank.length)),
    wide = 190,
    high = 40,
    gap = 24;
  if (layers.length > 60 || most > 6) return null; // the table says it better
  const width = most * (wide + 20),
    x = [],
    y = [];
  ranks.forEach((rank, d) =>
    rank.forEach((i, j) => {
      x[i] = (width - rank.length * (wide + 20)) / 2 + j * (wide + 20) + 10;
      y[i] = d * (high + gap) + 10;
    }),
  );
  const root = s("svg", {
    viewBox: `0 0 ${width} ${ranks.length * (high + gap)}`,
    role: "img",
    style: `max-width: ${width}px`,
    "aria-label": "diagram of the layers; the table behind it says the same",
  });
  layers.forEach((layer, i) =>
    layer.from.forEach((j) => {
      const bend = depth[i] - depth[j] > 1 && Math.abs(x[i] - x[j]) < 1 ? wide / 2 + 14 : 0,
        x0 = x[j] + wide / 2,
        x1 = x[i] + wide / 2,
        y0 = y[j] + high,
        pull = gap * (bend ? 2 : 0.6);
      root.append(
        s("path", {
          class: "axis",
          fill: "none",
          d: `M${x0} ${y0}C${x0 + 2 * bend} ${y0 + pull} ${x1 + 2 * bend} ${y[i] - pull} ${x1} ${y[i]}`,
        }),
      );
    }),
  );
  layers.forEach((layer, i) =>
    root.append(
      s("rect", {
        x: x[i],
        y: y[i],
        width: wide,
        height: high,
        rx: 5,
        fill: "var(--panel)",
        stroke: layer.parameters ? "var(--train)" : "var(--line)",
      }),
      s(
        "text",
        { x: x[i] + wide / 2, y: y[i] + 16, "text-anchor": "middle", style: "fill: var(--fg)" },
        `${layer.name.slice(0, 26)}`,
      ),
      s(
        "text",
        { x: x[i] + wide / 2, y: y[i] + 31, "text-anchor": "middle" },
        `${layer.type.slice(0, 18)} ${shape(layer.shape)}`,
      ),
    ),
  );
  return h("figure", {}, root);
}

function weights() {
  const content = [];
  if (data.filters) {
    const { dim, name } = data.filters,
      look = { ...data.filters, shown: [dim[0], dim[1], dim[2] * dim[3]], shape: [dim[0], dim[1], dim[2] * dim[3]] };
    const list = [];
    for (let c = 0; c < Math.min(dim[2] * dim[3], 192); c++)
      list.push(
        h(
          "span",
          { class: "map" },
          canvas(look, c, {
            style: `width: ${Math.max(24, 8 * dim[1])}px`,
            "aria-label": `filter ${c % dim[3]}, channel ${Math.floor(c / dim[3])}`,
          }),
        ),
      );
    content.push(
      h("h3", {}, `Filters: ${name}`),
      h("div", { class: "maps" }, list),
      h("p", { class: "muted" }, `from ${number(data.filters.low, 3)} (blue) to ${number(data.filters.high, 3)} (red)`),
    );
  }
  const figures = data.parameters.map((p) =>
    h(
      "figure",
      {},
      bars(p.bins, p.low, p.high, p.name, `mean ${number(p.mean)}, deviation ${number(p.deviation)}`),
      h(
        "figcaption",
        {},
        h("b", {}, p.name),
        ` ${shape(p.shape)}${p.trainable ? "" : ", not trained"}`,
        h("br", {}),
        `mean ${number(p.mean, 3)}, deviation ${number(p.deviation, 3)}`,
      ),
    ),
  );
  content.push(h("h3", {}, "Histograms"), h("div", { class: "small" }, figures.slice(0, 24)));
  if (figures.length > 24)
    content.push(behind(`The other ${figures.length - 24}`, h("div", { class: "small" }, figures.slice(24))));
  section("Parameters", content);
}

function run() {
  const word = (w) => (/^[\w\-./,:=+@%]+$/.test(w) ? w : "'" + w.replaceAll("'", "'\\''") + "'");
  const rows = [
    ["command", h("code", {}, data.command.map(word).join(" "))],
    ["made by", data.generator],
    ["seed", data.seed],
    ["threads", `${data.threads}; the bits do not depend on them`],
    ["samples of training", data.train_samples === undefined ? "–" : number(data.train_samples)],
    [data.judged ?? "judged", data.judged ? plural(data.judged_samples, "sample") : "–"],
    ["data", [data.features, data.labels].filter(Boolean).join("; ") || "–"],
    ["weights", h("code", {}, data.weights, " (FNV-1a of their bits)")],
    ...data.stages.map((stage, i) => [
      data.stages.length > 1 ? `stage ${i + 1}` : "as the script says",
      `${stage.optimizer}, learning rate ${number(stage.learning_rate)}, batches of ${stage.batch_size}`,
    ]),
  ];
  section(
    "What was run",
    h(
      "div",
      { class: "scroll" },
      h(
        "table",
        {},
        rows.map(([name, value]) =>
          h("tr", {}, h("th", { scope: "row" }, name), h("td", { class: "text", style: "white-space: normal" }, value)),
        ),
      ),
    ),
    h("p", { class: "muted" }, "The same command, script, data and version of cnnc give the same weights, to the last bit."),
  );
}

top();
training();
judged();
walk();
network();
weights();
run();
if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
if (data.state === "runs") setTimeout(() => location.reload(), waits ? 5000 : 60000);
