// predictions.js -- what the network says of a set beside what is true: tables, curves, and the samples that are worst.

function scores(output) {
  return output.best
    .slice(0, 3)
    .map(([i, p]) =>
      h(
        "div",
        { class: "score", style: `--part: ${100 * p}%` },
        h("span", {}, className(i)),
        h("span", { class: "part" }, percent(p)),
      ),
    );
}

function answer(output, judged) {
  if (output.best)
    return [
      output.class === undefined
        ? null
        : h(
            "div",
            { class: output.class === output.best[0][0] ? "good" : "bad" },
            "true: ",
            output.class < 0 ? "ignored" : className(output.class),
          ),
      scores(output),
    ];
  if (output.said)
    return [
      output.truth && h("div", {}, "true", canvas(output.truth, undefined, { "aria-label": "what is true" })),
      h("div", {}, "said", canvas(output.said, undefined, { "aria-label": "what the network says" })),
    ];
  const words = judged && judged.kind === "yes_no" ? (x) => percent(x) : (x) => number(x);
  return [
    output.labels &&
      h(
        "div",
        {},
        "true: ",
        output.labels
          .slice(0, 4)
          .map((x) => number(x))
          .join(", "),
      ),
    h("div", {}, "said: ", output.values.slice(0, 4).map(words).join(", ")),
  ];
}

// What the greys of a picture of classes mean.
const shades = (classes) =>
  h("p", { class: "muted" }, `Of each place its class, from dark, ${className(0)}, to light, ${className(classes - 1)}.`);

const byRow = new Map((data.samples ?? []).map((sample) => [sample.row, sample]));

function cards(rows, k, judged) {
  return h(
    "div",
    { class: "cards" },
    rows
      .map((row) => byRow.get(row))
      .filter(Boolean)
      .map((sample) =>
        h(
          "div",
          { class: "card" },
          inputViews(sample, nameOf(sample)),
          h("div", { class: "muted" }, nameOf(sample)),
          answer(sample.outputs[k], judged),
        ),
      ),
  );
}

const SQUARE = 40;

// What is true in rows, what was said in columns.
function confusion(output) {
  const n = output.classes,
    counts = output.counts.map((row) => row[0]);
  const at = new Map(output.pairs.map(([truth, said, count]) => [truth * n + said, count]));
  const list = [...Array(n).keys()];
  if (n > SQUARE) return null;
  return h(
    "figure",
    {},
    h("p", { class: "muted" }, "Rows: what is true. Columns: what the network says."),
    h(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": "confusion matrix" },
      h(
        "table",
        { class: "confusion" },
        h(
          "tr",
          {},
          h("td", {}),
          list.map((c) => h("th", { scope: "col" }, className(c))),
        ),
        list.map((truth) =>
          h(
            "tr",
            {},
            h("th", { scope: "row" }, className(truth)),
            list.map((said) => {
              const count = at.get(truth * n + said) ?? 0,
                part = counts[truth] ? count / counts[truth] : 0;
              return h(
                "td",
                {
                  style: count ? `background: rgba(var(--heat), ${(0.08 + 0.72 * Math.sqrt(part)).toFixed(3)})` : undefined,
                  title: `${className(truth)} said to be ${className(said)}: ${count}`,
                },
                count || "",
              );
            }),
          ),
        ),
      ),
    ),
  );
}

function confused(output) {
  const wrong = output.pairs
    .filter(([truth, said]) => truth !== said)
    .sort((a, b) => b[2] - a[2])
    .slice(0, 15);
  if (!wrong.length) return h("p", {}, "No class is taken for another.");
  return [
    h("h3", {}, "Most often confused"),
    table(
      ["true", "said to be", "times", "of that class"],
      wrong.map(([truth, said, count]) => [
        className(truth),
        className(said),
        number(count),
        percent(count / output.counts[truth][0]),
      ]),
      {},
      [0, 1],
    ),
  ];
}

function classTable(output) {
  const rows = output.counts.map(([truth, said, both], c) => {
    const precision = said ? both / said : NaN,
      recall = truth ? both / truth : NaN;
    return {
      c,
      cells: [className(c), number(truth), percent(precision), percent(recall), number((2 * both) / (truth + said) || 0, 3)],
      recall,
    };
  });
  const head = ["class", "samples", "precision", "recall", "F1"];
  if (rows.length <= 30)
    return table(
      head,
      rows.map((row) => row.cells),
    );
  const worst = rows
    .filter((row) => !Number.isNaN(row.recall))
    .sort((a, b) => a.recall - b.recall)
    .slice(0, 20);
  return [
    h("p", { class: "muted" }, "The 20 classes that are found least:"),
    table(
      head,
      worst.map((row) => row.cells),
    ),
    behind(
      `All ${rows.length} classes`,
      table(
        head,
        rows.sort((a, b) => a.c - b.c).map((row) => row.cells),
      ),
    ),
  ];
}

// Receiver operating characteristic, from the counts of scores.
function roc(output) {
  const sum = (i) => output.scores.reduce((all, score) => all + score[i], 0),
    noes = sum(0),
    yeses = sum(1);
  if (!noes || !yeses) return h("p", { class: "muted" }, "All samples are of one class: there is no ROC.");
  const points = [[0, 0]];
  let falsely = 0,
    rightly = 0,
    area = 0;
  for (const [no, yes] of output.scores.toReversed()) {
    area += ((no / noes) * (rightly + yes / 2)) / yeses;
    falsely += no;
    rightly += yes;
    points.push([falsely / noes, rightly / yeses]);
  }
  const f = frame(0, 1, 0, 1, "ROC", `The area under it is ${number(area, 3)}`);
  f.root.append(
    s("line", { class: "cross", x1: f.X(0), y1: f.Y(0), x2: f.X(1), y2: f.Y(1) }),
    s("path", {
      class: "curve train",
      d: points.map(([x, y], i) => `${i ? "L" : "M"}${f.X(x).toFixed(1)} ${f.Y(y).toFixed(1)}`).join(""),
    }),
  );
  const some = points.filter((_, i) => i % Math.ceil(points.length / 20) === 0 || i === points.length - 1);
  return h(
    "figure",
    { style: "max-width: 30rem" },
    h("h3", {}, `ROC, area ${number(area, 3)}`),
    f.root,
    h("figcaption", {}, "found of what is true, over what is falsely taken for it"),
    behind(
      "Its numbers",
      table(
        ["falsely", "rightly"],
        some.map(([x, y]) => [percent(x), percent(y)]),
        {},
        [],
      ),
    ),
  );
}

function scatter(one, i, many) {
  const title = many ? `number ${i}: predicted over true` : "predicted over true",
    [low, high] = extent(one.points);
  const f = frame(
    low,
    high,
    low,
    high,
    title,
    `${one.points.length} points; mean absolute error ${number(one.mean_absolute_error)}`,
  );
  f.root.append(
    s("line", { class: "cross", x1: f.X(low), y1: f.Y(low), x2: f.X(high), y2: f.Y(high) }),
    ...one.points
      .filter(([, y]) => y !== null)
      .map(([x, y]) => s("circle", { class: "dot", r: 2.5, cx: f.X(x).toFixed(1), cy: f.Y(y).toFixed(1) })),
  );
  const off = one.points.filter(([, y]) => y !== null).map(([x, y]) => y - x),
    [least, most] = extent(off),
    bins = Array(40).fill(0);
  for (const x of off) bins[Math.min(39, Math.floor(((x - least) / (most - least || 1)) * 40))]++;
  return h(
    "figure",
    {},
    h("h3", {}, title),
    f.root,
    h(
      "figcaption",
      {},
      `mean absolute error ${number(one.mean_absolute_error)}, `,
      `root mean squared error ${number(one.root_mean_squared_error)}, R² ${number(one.r2)}`,
    ),
    h("p", { class: "muted" }, "what is predicted, less what is true"),
    bars(bins, least, most, "residuals", `from ${number(least)} to ${number(most)}`),
    behind(
      "Some of its points",
      table(
        ["true", "predicted"],
        one.points.slice(0, 50).map(([x, y]) => [number(x), number(y)]),
        {},
        [],
      ),
    ),
  );
}

function judged() {
  (data.outputs ?? []).forEach((output, k) => {
    const title = data.outputs.length > 1 ? `Predictions of ${output.name}` : "Predictions",
      about = h("p", { class: "muted" }, `Of the ${data.judged}, ${plural(data.judged_samples, "sample")}.`);
    if (output.kind === "none") return;
    const content = [about],
      each = output.positions > 1 ? " (each of its places counts)" : "";
    if (output.kind === "values")
      content.push(
        h(
          "div",
          { class: "charts" },
          output.numbers.map((one, i) => scatter(one, i, output.numbers.length > 1)),
        ),
      );
    else if (!output.counts) content.push(h("p", {}, `${output.classes} classes are too many for a table of them.`));
    else {
      const all = output.counts.reduce((sum, row) => sum + (output.kind === "labels" ? row[3] : row[0]), 0),
        right = output.counts.reduce((sum, row) => sum + row[2], 0);
      if (output.kind !== "labels")
        content.push(
          h("p", {}, `${number(right)} of ${number(all)} are right: ${percent(right / all)}${each}.`),
          confusion(output),
          confused(output),
        );
      content.push(h("h3", {}, "By class"), classTable(output));
    }
    if (output.scores) content.push(roc(output));
    if (output.worst.length)
      content.push(
        h("h3", {}, output.kind === "classes" && output.positions === 1 ? "The surest mistakes" : "The worst samples"),
        output.kind === "classes" && output.positions > 1 ? shades(output.classes) : null,
        cards(output.worst, k, output),
      );
    if (output.unsure.length) content.push(h("h3", {}, "Right, but least certain"), cards(output.unsure, k, output));
    section(title, content);
  });
}
