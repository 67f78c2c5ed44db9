// walk.js -- one sample walks through the network: what every layer makes of it, and from where.

const KEPT = "cnnc-sample-" + data.name;
function kept() {
  try {
    return +sessionStorage.getItem(KEPT) || 0;
  } catch {
    return 0;
  }
}
function keep(i) {
  try {
    sessionStorage.setItem(KEPT, i);
  } catch {
    /* a page without a memory begins anew */
  }
}

// Where in what feeds it a place of a layer comes from, as [row, column, rows, columns] within that.
function windowOf(layer, [row, column, rows, columns]) {
  const side = (at, count, i) => [at * layer.stride[i] - layer.before[i], (count - 1) * layer.stride[i] + layer.window[i]];
  const [top, high] = side(row, rows, 0),
    [left, wide] = side(column, columns, 1);
  return [top, left, high, wide];
}

const rangeText = (from, count, most) => {
  const a = Math.max(from, 0),
    b = Math.min(from + count, most) - 1;
  return a === b ? `${a}` : `${a} to ${b}`;
};

function whence([top, left, high, wide], [rows, columns], name) {
  return `, from rows ${rangeText(top, high, rows)}, columns ${rangeText(left, wide, columns)} of ${name}`;
}

function walk() {
  const samples = (data.samples ?? []).slice(0, data.walks);
  if (!samples.length || !samples[0].layers) return;
  const stage = h("div", {}),
    about = h(
      "p",
      { class: "about", "aria-live": "polite" },
      "Point at a place of a map, or go to one by Tab and the arrow keys: the frames show what it comes from.",
    );
  const choices = samples.map((sample, i) => {
    const button = h("button", { type: "button", "aria-label": nameOf(sample) }, inputPicture(sample, nameOf(sample)));
    button.addEventListener("click", () => {
      keep(i);
      show(i);
    });
    return button;
  });
  let views = []; // by layer, then the inputs that are no layers: {look, maps}
  const placeOf = (input) => {
    const i = data.layers.findIndex((layer) => layer.type === "InputLayer" && layer.name === data.inputs[input].name);
    return i < 0 ? data.layers.length + input : i;
  };
  // Which of several inputs it is that feeds a layer, only a layer of its own tells.
  const outside = data.inputs.length === 1 ? [placeOf(0)] : [];

  function frames(view, box) {
    for (const map of view.maps) {
      const mark = map.lastChild,
        [rows, columns] = view.look.shape;
      const y0 = Math.max(box[0], 0),
        x0 = Math.max(box[1], 0),
        y1 = Math.min(box[0] + box[2], rows),
        x1 = Math.min(box[1] + box[3], columns);
      const part = (place, all) => `${(100 * place) / all}%`;
      mark.style.display = y1 > y0 && x1 > x0 ? "block" : "";
      Object.assign(mark.style, { top: part(y0, rows), left: part(x0, columns) });
      Object.assign(mark.style, { height: part(y1 - y0, rows), width: part(x1 - x0, columns) });
    }
  }
  // The places on the way from a layer back to the input, with a frame around each.
  function trace(i, box) {
    for (const view of views) if (view) for (const map of view.maps) map.lastChild.style.display = "";
    frames(views[i], box);
    const seen = new Set(),
      rest = [[i, box]];
    let text = "";
    while (rest.length) {
      const [at, place] = rest.shift(),
        layer = data.layers[at];
      if (!layer || !layer.window || seen.has(at)) continue;
      seen.add(at);
      const from = layer.from.length ? layer.from : outside,
        next = windowOf(layer, place);
      for (const source of from) {
        if (!views[source]) continue;
        frames(views[source], next);
        rest.push([source, next]);
        if (at === i) text = whence(next, views[source].look.shape, source === outside[0] ? "the input" : data.layers[source].name);
      }
    }
    return text;
  }
  function point(i, name, look, c, row, column) {
    const [rows, columns] = look.shape,
      high = Math.ceil(rows / look.shown[0]),
      wide = Math.ceil(columns / look.shown[1]);
    const value = look.low + (look.pixels[(c * look.shown[0] + row) * look.shown[1] + column] / 255) * (look.high - look.low);
    const text = trace(i, [row * high, column * wide, high, wide]);
    about.textContent = `${name}, channel ${c}, row ${row * high}, column ${column * wide}: ${number(value, 3)}${text}`;
  }
  function mapOf(i, name, look, c) {
    const scale = Math.max(1, Math.min(8, Math.floor((look.shape[2] > 1 ? 72 : 168) / Math.max(look.shown[0], look.shown[1]))));
    const picture = canvas(look, c, {
      "aria-label": `${name}, channel ${c}`,
      style: `width: ${look.shown[1] * scale}px; max-width: 100%`,
    });
    const map = h(
      "span",
      { class: "map", tabindex: 0, role: "group", "aria-label": `${name}, channel ${c}: arrow keys move` },
      picture,
      h("i", {}),
    );
    let row = 0,
      column = 0;
    const go = (y, x) => {
      row = Math.max(0, Math.min(look.shown[0] - 1, y));
      column = Math.max(0, Math.min(look.shown[1] - 1, x));
      point(i, name, look, c, row, column);
    };
    map.addEventListener("pointermove", (event) => {
      const box = picture.getBoundingClientRect();
      go(
        Math.floor(((event.clientY - box.top) / box.height) * look.shown[0]),
        Math.floor(((event.clientX - box.left) / box.width) * look.shown[1]),
      );
    });
    map.addEventListener("focus", () => go(row, column));
    map.addEventListener("keydown", (event) => {
      const by = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      if (!by) return;
      event.preventDefault();
      go(row + by[0], column + by[1]);
    });
    return map;
  }
  function maps(i, name, look) {
    const list = [];
    for (let c = 0; c < look.shown[2]; c++) list.push(mapOf(i, name, look, c));
    views[i] = { look, maps: list };
    return h("div", { class: "maps" }, list);
  }
  // Numbers in a row: the bars of a few, or a strip.
  function row(name, look, isLast) {
    const pixels = (look.pixels ??= bytes(look.data)),
      values = look.numbers ?? [...pixels].map((x) => look.low + (x / 255) * (look.high - look.low)),
      most = Math.max(...values.map(Math.abs), 1e-30);
    if (!look.numbers)
      return canvas(look, 0, {
        "aria-label": `${name}: ${values.length} numbers from ${number(look.low)} to ${number(look.high)}`,
        style: "width: 100%; height: 1.4rem",
      });
    return h(
      "div",
      { class: "bars" },
      values.map((x, c) => [
        h("span", {}, isLast && data.outputs?.[0]?.kind === "classes" ? className(c) : String(c)),
        h("b", { class: x < 0 ? "below" : undefined, style: `width: ${(100 * Math.abs(x)) / most}%` }),
        h("span", {}, number(x, 3)),
      ]),
    );
  }
  function layerOf(sample, layer, i) {
    const look = sample.layers[i];
    const title = h("h3", {}, layer.name, " ", h("span", { class: "muted" }, `${layer.type}, ${shape(layer.shape)}`));
    if (!look.shown) return null;
    const less =
      look.shown[2] < look.shape[2] ? h("p", { class: "muted" }, `${look.shown[2]} of its ${look.shape[2]} channels`) : null;
    return h(
      "div",
      { class: "layer" },
      title,
      less,
      look.shape[0] > 1 ? maps(i, layer.name, look) : row(layer.name, look, i === data.layers.length - 1),
      h("p", { class: "muted" }, `from ${number(look.low, 3)} to ${number(look.high, 3)}`),
    );
  }
  function inputOf(input, k) {
    if (!isPicture(input)) return null;
    const name = data.inputs.length > 1 ? data.inputs[k].name : "input";
    return h(
      "div",
      { class: "layer" },
      h("h3", {}, name, " ", h("span", { class: "muted" }, shape(data.inputs[k].shape))),
      maps(placeOf(k), name, input),
    );
  }
  function outcome(output, judged) {
    const of = data.outputs.length > 1 ? `What is said, ${judged.name}` : "What is said";
    return h("div", { class: "layer" }, h("h3", {}, of), h("div", { class: "card outcome" }, answer(output, judged)));
  }
  function show(i) {
    const sample = samples[i] ?? samples[0];
    choices.forEach((button, j) => button.setAttribute("aria-pressed", j === i));
    views = [];
    const given = sample.inputs.map((input, k) => inputOf(input, k)),
      said = sample.outputs.map((output, k) => outcome(output, data.outputs[k]));
    const layers = data.layers.map((layer, j) => layerOf(sample, layer, j));
    stage.replaceChildren(...[h("p", {}, nameOf(sample)), ...given, ...layers, ...said].filter(Boolean));
  }
  show(Math.min(kept(), samples.length - 1));
  section(
    "One sample walks through the network",
    h(
      "p",
      { class: "muted" },
      "What each layer makes of it. Numbers below zero are blue, above it red; where none is below, the lowest is dark. ",
      "A hollow bar is below zero.",
    ),
    h("div", { class: "choices", role: "group", "aria-label": "samples" }, choices),
    stage,
    about,
  );
}
