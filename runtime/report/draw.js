// draw.js -- elements, charts and pictures: SVG and canvases, each with its text.

const data = JSON.parse(document.getElementById("data").textContent);
const main = document.querySelector("main");

// ---- elements ---------------------------------------------------------------------------------------------

function make(name, attributes, children, space) {
  const element = space ? document.createElementNS(space, name) : document.createElement(name);
  for (const key in attributes) if (attributes[key] !== undefined) element.setAttribute(key, attributes[key]);
  element.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}
const h = (name, attributes, ...children) => make(name, attributes, children);
const s = (name, attributes, ...children) => make(name, attributes, children, "http://www.w3.org/2000/svg");

const number = (x, digits = 4) =>
  x === null || x === undefined
    ? "–"
    : Number.isInteger(x)
      ? x.toLocaleString("en")
      : Math.abs(x) >= 1e5 || (x && Math.abs(x) < 1e-4)
        ? x.toExponential(2)
        : String(+x.toPrecision(digits));
const percent = (x) => (x === null || Number.isNaN(x) ? "–" : (100 * x).toFixed(x > 0.9995 && x < 1 ? 2 : 1) + " %");
const shape = (dims) => (dims.length ? dims.join("×") : "1");
const className = (i) => data.classes[i] ?? String(i);
const plural = (count, word) => `${number(count)} ${word}${count === 1 ? "" : "s"}`;

function table(head, rows, attributes = {}, texts = [0]) {
  const kind = (i) => (texts.includes(i) ? { class: "text" } : {});
  return h(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": attributes.label ?? "table" },
    h(
      "table",
      { class: attributes.class },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          head.map((cell, i) => h("th", { scope: "col", ...kind(i) }, cell)),
        ),
      ),
      h(
        "tbody",
        {},
        rows.map((row) =>
          h(
            "tr",
            {},
            row.map((cell, i) => h("td", kind(i), cell)),
          ),
        ),
      ),
    ),
  );
}
const behind = (title, ...content) => h("details", {}, h("summary", {}, title), ...content);

const links = h("nav", { "aria-label": "sections" });
function section(title, ...content) {
  const id = title.toLowerCase().replace(/[^a-z]+/g, "-");
  links.append(h("a", { href: "#" + id }, title), " ");
  main.append(h("section", { "aria-labelledby": id }, h("h2", { id }, title), ...content));
}

// ---- charts -----------------------------------------------------------------------------------------------

const WIDTH = 440,
  HEIGHT = 210,
  LEFT = 46,
  RIGHT = 8,
  TOP = 8,
  BOTTOM = 24;

// About `count` round numbers from low to high.
function ticks(low, high, count) {
  const raw = (high - low) / count || 1,
    power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((x) => x * power).find((x) => x >= raw * 0.999);
  const list = [];
  for (let x = Math.ceil(low / step - 1e-9) * step; x <= high + step * 1e-6; x += step) list.push(+x.toPrecision(12));
  return list;
}

// A frame with axes; place(x, y) is where a point lies in it.
function frame(x0, x1, y0, y1, title, description, whole) {
  if (x0 === x1) {
    x0 -= 0.5;
    x1 += 0.5;
  }
  if (y0 === y1) {
    const by = Math.abs(y0) / 10 || 1;
    y0 -= by;
    y1 += by;
  }
  const X = (x) => LEFT + ((x - x0) / (x1 - x0)) * (WIDTH - LEFT - RIGHT),
    Y = (y) => HEIGHT - BOTTOM - ((y - y0) / (y1 - y0)) * (HEIGHT - TOP - BOTTOM);
  const root = s("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${title}. ${description}` });
  for (const y of ticks(y0, y1, 4))
    root.append(
      s("line", { class: "axis", x1: LEFT, x2: WIDTH - RIGHT, y1: Y(y), y2: Y(y) }),
      s("text", { x: LEFT - 5, y: Y(y) + 4, "text-anchor": "end" }, number(y)),
    );
  for (const x of ticks(x0, x1, 6))
    if (!whole || Number.isInteger(x)) root.append(s("text", { x: X(x), y: HEIGHT - 8, "text-anchor": "middle" }, number(x)));
  return { root, X, Y, x0, x1 };
}

const finite = (list) => list.filter((x) => x !== null && x !== undefined);
const extent = (lists) => {
  const all = finite(lists.flat());
  return all.length ? [all.reduce((a, b) => Math.min(a, b)), all.reduce((a, b) => Math.max(a, b))] : [0, 1];
};

// Lines over the epochs: [{name, kind, values}], with the values under the pointer.
function curves(title, xs, lines) {
  lines = lines.filter((line) => finite(line.values).length);
  if (!lines.length) return null;
  const [y0, y1] = extent(lines.map((line) => line.values)),
    last = (line) => number(finite(line.values).at(-1));
  const f = frame(xs[0], xs.at(-1), y0, y1, title, lines.map((line) => `${line.name} ends at ${last(line)}`).join(", "), true);
  for (const line of lines) {
    const parts = [];
    let pen = "M";
    line.values.forEach((y, i) => {
      if (y === null || y === undefined) {
        pen = "M";
        return;
      }
      parts.push(`${pen}${f.X(xs[i]).toFixed(1)} ${f.Y(y).toFixed(1)}`);
      pen = "L";
    });
    f.root.append(s("path", { class: `curve ${line.kind}`, d: parts.join("") }));
    if (finite(line.values).length === 1)
      f.root.append(
        s("circle", {
          class: "curve " + line.kind,
          r: 3,
          cx: f.X(xs[line.values.findIndex((y) => y !== null)]),
          cy: f.Y(finite(line.values)[0]),
        }),
      );
  }
  const cross = s("line", { class: "cross", y1: TOP, y2: HEIGHT - BOTTOM, visibility: "hidden" }),
    said = h("span", {});
  const tell = (i) => {
    said.textContent = `epoch ${xs[i]}: ` + lines.map((line) => `${line.name} ${number(line.values[i])}`).join(", ");
  };
  f.root.append(cross);
  f.root.addEventListener("pointermove", (event) => {
    const box = f.root.getBoundingClientRect(),
      x = ((event.clientX - box.left) / box.width) * WIDTH;
    const i = xs.reduce((best, _, j) => (Math.abs(f.X(xs[j]) - x) < Math.abs(f.X(xs[best]) - x) ? j : best), 0);
    cross.setAttribute("x1", f.X(xs[i]));
    cross.setAttribute("x2", f.X(xs[i]));
    cross.setAttribute("visibility", "visible");
    tell(i);
  });
  tell(xs.length - 1);
  return h(
    "figure",
    {},
    h("h3", {}, title),
    f.root,
    h(
      "figcaption",
      { class: "key" },
      lines.map((line) => h("span", { class: line.kind === "train" ? "t" : "o" }, h("i", {}), line.name)),
      h("br", {}),
      said,
    ),
  );
}

function bars(values, low, high, title, description) {
  const most = Math.max(...values, 1),
    root = s("svg", { class: "histogram", viewBox: "0 0 200 74", role: "img", "aria-label": `${title}. ${description}` });
  values.forEach((value, i) =>
    root.append(
      s("rect", {
        class: "bar",
        x: (i * 200) / values.length,
        width: Math.max(200 / values.length - 0.5, 0.3),
        y: 60 - (58 * value) / most,
        height: (58 * value) / most,
      }),
    ),
  );
  root.append(s("text", { x: 0, y: 72 }, number(low, 3)), s("text", { x: 200, y: 72, "text-anchor": "end" }, number(high, 3)));
  return root;
}

// ---- pictures ---------------------------------------------------------------------------------------------

const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

// Numbers that go below zero are blue there and red above; others are grey, dark at the lowest.
function colour(part, low, high) {
  if (low >= 0 || high <= low) return [255 * part, 255 * part, 255 * part];
  const value = low + part * (high - low),
    most = Math.max(-low, high),
    t = Math.min(Math.abs(value) / most, 1);
  return value < 0 ? [255 - 200 * t, 255 - 140 * t, 255 - 30 * t] : [255 - 30 * t, 255 - 160 * t, 255 - 205 * t];
}

// Channel c of a look as a canvas; c undefined: as a picture, in colours where it has three channels.
function canvas(look, c, attributes = {}) {
  const [rows, columns, channels] = look.shown,
    all = (look.pixels ??= bytes(look.data)),
    area = rows * columns;
  const element = h("canvas", { width: columns, height: rows, role: "img", ...attributes });
  const context = element.getContext("2d"),
    image = context.createImageData(columns, rows),
    rgb = c === undefined && channels >= 3;
  for (let i = 0; i < area; i++) {
    const at = (k) => all[k * area + i];
    const [r, g, b] = rgb ? [at(0), at(1), at(2)] : colour(at(c ?? 0) / 255, look.low, look.high);
    image.data.set([r, g, b, 255], 4 * i);
  }
  context.putImageData(image, 0, 0);
  return element;
}

const isPicture = (look) => look && look.shown && look.shown[0] > 1 && look.shown[1] > 1;

// A few numbers at each of many steps, as lines over these.
const isSeries = (look) => isPicture(look) && look.shape[2] === 1 && look.shape[1] <= 8 && look.shape[0] >= 2 * look.shape[1];

function series(look, label) {
  const [rows, columns] = look.shown,
    all = (look.pixels ??= bytes(look.data)),
    root = s("svg", { viewBox: "0 0 200 100", role: "img", "aria-label": label });
  for (let c = 0; c < columns; c++) {
    const points = Array.from(
      { length: rows },
      (_, i) => `${((200 * i) / (rows - 1)).toFixed(1)} ${(98 - (96 * all[i * columns + c]) / 255).toFixed(1)}`,
    );
    root.append(
      s("path", {
        class: "curve",
        style: `stroke: hsl(${210 + (360 * c) / columns} 65% 50%); stroke-width: 1.2`,
        d: "M" + points.join("L"),
      }),
    );
  }
  return root;
}

function inputView(input, label) {
  if (isPicture(input)) return isSeries(input) ? series(input, label) : canvas(input, undefined, { "aria-label": label });
  if (input.numbers) return h("p", { class: "muted" }, input.numbers.map((x) => number(x)).join(", "));
  if (input.tokens) return h("p", { class: "muted" }, input.tokens.slice(0, 24).join(" "), input.tokens.length > 24 ? " …" : "");
  return canvas(input, undefined, { "aria-label": label, style: "height: 1.2rem" });
}
// What stands for a sample where there is little room.
const inputPicture = (sample, label) => inputView(sample.inputs.find(isPicture) ?? sample.inputs[0], label);
// All that the network is given; of several inputs each with its name.
const inputViews = (sample, label) =>
  sample.inputs.length === 1
    ? inputView(sample.inputs[0], label)
    : sample.inputs.map((input, i) => [
        h("div", { class: "muted" }, data.inputs[i].name),
        inputView(input, `${label}, ${data.inputs[i].name}`),
      ]);

const nameOf = (sample) => sample.name?.split("/").slice(-2).join("/") ?? `sample ${number(sample.row)}`;
