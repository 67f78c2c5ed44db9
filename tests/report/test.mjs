/* test.mjs -- reports in headless Chromium: node test.mjs FOLDER, which has them, and what the same network predicts. */
import { readFileSync, statSync } from "node:fs";
import { check, failures, openBrowser, openPage, sleep } from "../web/browser.mjs";

const folder = process.argv[2];
const browser = await openBrowser(`${folder}/profile`);

const dataOf = (file) => JSON.parse(/<script type="application\/json" id="data">([^]*?)<\/script>/.exec(readFileSync(`${folder}/${file}`, "utf8"))[1]);
const open = async (file, options) => {
  const page = await openPage(browser, `file://${folder}/${file}`, options);
  await page.until(`document.readyState === "complete" && document.querySelector("h2")`);
  return page;
};
const titles = (page) => page.run(`[...document.querySelectorAll("h2")].map((title) => title.textContent).join("; ")`);
const aboutMap = (page) => page.run(`document.querySelector(".about").textContent`);

const data = dataOf("lesson.html"), wide = dataOf("wide.html");
const sum = (list) => list.reduce((a, b) => a + b, 0);

await check("a report's numbers are those of the training", () => {
  const [output] = data.outputs, accuracy = data.columns.indexOf("accuracy");
  const right = sum(output.pairs.filter(([truth, said]) => truth === said).map((pair) => pair[2])), all = sum(output.pairs.map((pair) => pair[2]));
  const last = data.history.at(-1)[3 + data.columns.length + accuracy];
  if (all !== data.judged_samples || Math.abs(right / all - last) > 1e-6) return `${right} of ${all} are right, and the log has ${last}`;
  return data.history.length === 3 && data.history.every((row) => row[1] === 0.001) ? "" : "the epochs are not all there";
});
await check("an evaluation's report says the same of the set", () =>
  JSON.stringify(dataOf("evaluated.html").outputs) === JSON.stringify(data.outputs) ? "" : "it says something else");
await check("what walks through the layers comes out as predicted", () => {
  const scores = readFileSync(`${folder}/scores.csv`, "utf8").trim().split("\n").slice(1).map((line) => line.split(",").slice(2).map(Number));
  for (const sample of data.samples.slice(0, data.walks)) {
    const off = Math.max(...sample.layers.at(-1).numbers.map((x, i) => Math.abs(x - scores[sample.row][i])));
    if (!(off < 1e-5)) return `sample ${sample.row} is off by ${off}`; /* two orders of adding, and six digits in the report */
  }
  return data.walks === 10 ? "" : `${data.walks} samples walk`;
});
await check("a report of the lesson is small", () => (statSync(`${folder}/lesson.html`).size < 2e6 ? "" : "2 MB or more"));

const page = await open("lesson.html");
await check("the lesson's report is drawn, at a desk", async () => {
  const found = await titles(page), cells = await page.run(`document.querySelectorAll(".confusion tr").length`);
  if (found !== "Training; Predictions; One sample walks through the network; The network; Parameters; What was run") return found;
  if (cells !== 11) return `the confusion matrix has ${cells} rows`;
  const bare = await page.run(`[...document.querySelectorAll("svg, canvas")].filter((one) => !one.getAttribute("aria-label")).length`);
  if (bare) return `${bare} pictures have no text`;
  return page.errors.join("; ");
});
await check("a place of a map shows the window that it comes from", async () => {
  await page.run(`document.querySelectorAll(".layer")[1].querySelector(".map").focus()`);
  for (const key of ["ArrowDown", "ArrowDown", "ArrowRight"])
    await page.run(`document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key: "${key}", bubbles: true}))`);
  const conv = await aboutMap(page);
  if (!/^conv2d, channel 0, row 2, column 1: .*, from rows 2 to 6, columns 1 to 5 of the input$/.test(conv)) return conv;
  await page.run(`document.querySelectorAll(".layer")[3].querySelector(".map").focus()`);
  const second = await aboutMap(page);
  if (!/^conv2d_1, channel 0, row 0, column 0: .*, from rows 0 to 2, columns 0 to 2 of max_pooling2d$/.test(second)) return second;
  const frame = await page.run(`(({style}) => [style.display, style.top, style.height].join(" "))(document.querySelector(".layer .map").lastChild)`);
  /* 3 places of a pool of 2 places of a window of 5: 10 of 28 rows */
  return /^block 0% 35\.71/.test(frame) ? "" : `the input's frame is ${frame}`;
});
await check("another sample is chosen, and chosen still when the page comes anew", async () => {
  const shown = () => page.run(`[...document.querySelectorAll(".choices button")].findIndex((one) => one.getAttribute("aria-pressed") === "true")`);
  await page.run(`document.querySelectorAll(".choices button")[7].click()`);
  if ((await shown()) !== 7) return "it was not chosen";
  await page.run(`location.reload()`);
  await sleep(200);
  await page.until(`document.readyState === "complete" && document.querySelector(".choices")`);
  return (await shown()) === 7 ? "" : "it was forgotten";
});
await check("a report fits a hand, and is dark where that is wanted", async () => {
  await page.send("Emulation.setDeviceMetricsOverride", { width: 360, height: 700, deviceScaleFactor: 1, mobile: true });
  await page.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: "dark" }] });
  const [width, back] = await page.run(`[document.documentElement.scrollWidth, getComputedStyle(document.body).backgroundColor]`);
  if (width > 360) return `it is ${width} pixels wide`;
  return back === "rgb(13, 17, 23)" ? "" : `its background is ${back}`;
});
await check("a training that died leaves a page that tells of its silence", async () => {
  const page = await open("died.html");
  const state = await page.run(`document.querySelector(".state").textContent`);
  return /^nothing more for [0-9,]+ minutes/.test(state) ? page.close().then(() => "") : state;
});
await check("a page follows a training that runs", async () => {
  const page = await open("runs.html");
  await page.run(`window.before = true`);
  return page.until(`!window.before && document.querySelector("h2")`, 15).then(() => page.close()).then(() => "");
});
await check("100 epochs, 1,000 classes and 512 channels without validation are drawn", async () => {
  if (wide.history.length !== 100 || wide.outputs[0].counts.length !== 1000 || wide.judged !== "training set") return "they are not in it";
  if (wide.samples[0].layers[1].shape[2] !== 512) return "the channels are not in it";
  const page = await open("wide.html", { width: 360, height: 700 });
  const width = await page.run(`document.documentElement.scrollWidth`);
  return page.errors.join("; ") || (width > 360 ? `it is ${width} pixels wide` : "") || page.close().then(() => "");
});
await check("each of two pictures is shown, and its place where it is looked at", async () => {
  const page = await open("pair.html");
  const labels = await page.run(`[...document.querySelector(".card").querySelectorAll("canvas")].map((one) => one.getAttribute("aria-label")).join("; ")`);
  if (!/^sample \d+, left; sample \d+, right$/.test(labels)) return labels;
  await page.run(`document.querySelector('.map[aria-label^="at_right, channel 0"]').focus()`);
  if (!/, from rows 0 to 2, columns 0 to 2 of right$/.test(await aboutMap(page))) return await aboutMap(page);
  const framed = await page.run(`[...document.querySelectorAll(".map")].filter((map) => map.lastChild.style.display).map((map) => map.firstChild.getAttribute("aria-label")).join("; ")`);
  if (framed !== "right, channel 0; at_right, channel 0; at_right, channel 1") return `framed are ${framed}`;
  const said = await page.run(`document.querySelector(".outcome").textContent`);
  return /^true: [01]said: [\d.]+ %$/.test(said) ? page.errors.join("; ") || page.close().then(() => "") : said;
});
await check("nothing that a name says is run", async () => {
  const page = await open("named.html");
  const shown = await page.run(`document.querySelector(".confusion th").textContent`);
  if (shown !== "<img src=x onerror=window.hurt=1>") return shown;
  const images = await page.run(`document.images.length + (window.hurt ?? 0)`);
  return images ? "it is" : page.close().then(() => "");
});
await browser.close();
process.exit(failures() ? 1 : 0);
