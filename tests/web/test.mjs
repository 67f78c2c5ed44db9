/* test.mjs -- the page in headless Chromium: node test.mjs PAGE FOLDER. The folder has what the native program came to:
 * sse2.safetensors and sse2.accuracy after two epochs, generic.safetensors after one; and another network's foreign.safetensors. */
import { mkdirSync, readFileSync } from "node:fs";
import { check, failures, openBrowser, openPage, sleep } from "./browser.mjs";

const [page_file, folder] = process.argv.slice(2);
const url = `file://${page_file}`;
const browser = await openBrowser(`${folder}/profile`);

const turns = Array.from({ length: 25 }, (_, i) => i * Math.PI / 12);
const circle = turns.map((turn) => [0.5 + 0.2 * Math.sin(turn), 0.5 - 0.32 * Math.cos(turn)]);
const digits = {
  0: [circle],
  1: [[[0.5, 0.15], [0.5, 0.5], [0.5, 0.85]]],
  4: [[[0.35, 0.2], [0.3, 0.5], [0.7, 0.5]], [[0.65, 0.2], [0.65, 0.5], [0.65, 0.85]]],
  7: [[[0.25, 0.2], [0.5, 0.2], [0.72, 0.2], [0.6, 0.5], [0.45, 0.85]]],
};
const text = (page, id) => page.run(`document.getElementById("${id}").textContent`);
const click = (page, id) => page.run(`document.getElementById("${id}").click()`);
const opened = (page) => page.until(`document.getElementById("speed")?.textContent`); /* which comes last */

/* Draws a digit and returns what the page says it is. */
async function read(page, digit) {
  await click(page, "clear");
  await page.until(`document.getElementById("verdict").textContent === "Nothing yet"`);
  for (const stroke of digits[digit]) await page.draw("pad", stroke);
  await page.until(`!waiting && document.getElementById("verdict").textContent !== "Nothing yet"`);
  return text(page, "verdict");
}
const wins = async (page, digit) => {
  const verdict = await read(page, digit);
  return verdict.startsWith(`${digit}, with`) ? "" : `a ${digit} was read as ${verdict}`;
};
async function train(page, epochs) {
  await page.run(`document.getElementById("epochs").value = ${epochs}; document.getElementById("seed").value = 1`);
  await click(page, "train");
  await page.until(`/^Trained|failed/.test(document.getElementById("status").textContent)`, 120);
  const status = await text(page, "status");
  return status.startsWith("Trained") ? "" : status;
}
const differ = async (page, file) => {
  const packed = Buffer.from(await page.run(`btoa(String.fromCharCode(...engine.pack()))`), "base64");
  return packed.equals(readFileSync(`${folder}/${file}`)) ? "" : `the weights are not those of ${file}`;
};
async function load(page, file) {
  const { root } = await page.send("DOM.getDocument");
  const { nodeId } = await page.send("DOM.querySelector", { nodeId: root.nodeId, selector: "#file" });
  await page.run(`document.getElementById("status").textContent = ""`);
  await page.send("DOM.setFileInputFiles", { nodeId, files: [`${folder}/${file}`] });
  await page.until(`document.getElementById("status").textContent`);
  return text(page, "status");
}
const quiet = (page) => (page.errors.length ? page.errors.join("; ") : "");

/* ---- at a desk ---- */

const desk = await openPage(browser, url);
await opened(desk);
for (const digit of Object.keys(digits)) await check(`mouse draws a ${digit}, which wins`, () => wins(desk, digit));
await check("each layer has its maps", async () => {
  const seen = await desk.run(`[...document.querySelectorAll("#layers canvas")].map((canvas) => {
    const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    return [canvas.getAttribute("aria-label"), new Set(data).size > 20].join(" ");
  }).join("\\n")`);
  const wanted = ["conv2d, 8 maps of 24x24", "max_pooling2d, 8 maps of 12x12", "conv2d_1, 16 maps of 10x10",
    "max_pooling2d_1, 16 maps of 5x5"];
  const found = seen.split("\n").map((line) => line.replace(/: map \d+ answers most true$/, ""));
  return String(found) === String(wanted) ? "" : seen;
});
await check("keys draw, too", async () => {
  await click(desk, "clear");
  await desk.run(`document.getElementById("pad").focus()`);
  const press = (key) => desk.send("Input.dispatchKeyEvent", { type: "keyDown", key, ...(key === " " ? { text: " " } : {}) });
  await press(" ");
  for (let i = 0; i < 15; i++) await press("ArrowDown");
  await desk.until(`/^1, with/.test(document.getElementById("verdict").textContent)`);
  return (await desk.run(`document.getElementById("pen").checkVisibility() && document.getElementById("pen").className`)) === "down"
    ? "" : "the pen is not to be seen";
});
await check("a digit of the test set is read", async () => {
  await click(desk, "sample");
  await desk.until(`/It is a \\d/.test(document.getElementById("truth").textContent)`);
});
await check("there are no curves before a training", async () =>
  (await desk.run(`document.getElementById("curves").checkVisibility()`)) ? "they are to be seen" : "");
await check("two epochs of training", () => train(desk, 2));
await check("come to the native program's accuracy", async () => {
  const found = await desk.run(`document.querySelector("#epochs-table tbody tr:last-child td:nth-child(5)").textContent`);
  const wanted = readFileSync(`${folder}/sse2.accuracy`, "utf8").trim();
  return found === wanted ? "" : `${found} instead of ${wanted}`;
});
await check("its curves have words", async () => {
  const words = await desk.run(`document.getElementById("loss").getAttribute("aria-label")`);
  return /^loss in train by epoch: \d\.\d+, \d\.\d+; loss in validation by epoch: \d\.\d+, \d\.\d+$/.test(words) ? "" : words;
});
await check("the new weights predict", () => wins(desk, 1));
await check("the file saved is the native program's, to the bit", async () => {
  mkdirSync(`${folder}/saved`);
  await browser.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: `${folder}/saved` });
  await click(desk, "save");
  for (let i = 0; i < 100; i++, await sleep(50))
    try {
      const saved = readFileSync(`${folder}/saved/net.safetensors`);
      return saved.equals(readFileSync(`${folder}/sse2.safetensors`)) ? "" : "another file";
    } catch {} /* not yet */
  return "nothing was saved";
});
await check("shipped weights come back, and others are loaded", async () => {
  await click(desk, "shipped");
  if (!(await differ(desk, "sse2.safetensors"))) return "the weights stayed";
  const said = await load(desk, "sse2.safetensors");
  return said === "Loaded sse2.safetensors" ? differ(desk, "sse2.safetensors") : said;
});
await check("those of another network are refused", async () => {
  const said = await load(desk, "foreign.safetensors");
  return said.startsWith("foreign.safetensors: has no tensor conv2d") ? differ(desk, "sse2.safetensors") : said;
});
await check("what is no file of weights is refused", async () => {
  const said = await load(desk, "sse2.accuracy");
  return said === "sse2.accuracy: is no safetensors file" ? "" : said;
});
await check("one draws while it trains, and stops that", async () => {
  await desk.run(`document.getElementById("epochs").value = 99`);
  await click(desk, "train");
  await desk.until(`/^Epoch/.test(document.getElementById("status").textContent)`);
  await read(desk, 7);
  if ((await text(desk, "train")) !== "Stop") return "the page waited for the training";
  await click(desk, "train");
  return /^Stopped/.test(await text(desk, "status")) ? "" : text(desk, "status");
});
await check("the console is quiet", () => quiet(desk));
await desk.close();

/* ---- in a hand, by a browser without vectors ---- */

const hand = await openPage(browser, url, { width: 360, height: 640, touch: true, before: "WebAssembly.validate = () => false" });
await opened(hand);
for (const digit of [1, 7]) await check(`a finger draws a ${digit} without SIMD, which wins`, () => wins(hand, digit));
await check("it says that there is no SIMD", async () => {
  const said = await text(hand, "problem");
  return said.includes("no WebAssembly SIMD") ? "" : said;
});
await check("an epoch of training without SIMD", () => train(hand, 1));
await check("has the bits of the native generic program", () => differ(hand, "generic.safetensors"));
await check("nothing is wider than 360 pixels", async () => {
  const width = await hand.run("document.documentElement.scrollWidth");
  return width === 360 ? "" : `the page is ${width} pixels wide`;
});
await check("the console is quiet there", () => quiet(hand));
await hand.close();

const bare = await openPage(browser, url, { before: "delete globalThis.WebAssembly" });
await check("a browser without WebAssembly says so", () =>
  bare.until(`/has no WebAssembly/.test(document.getElementById("problem")?.textContent)`));
await browser.close();
process.exit(failures() ? 1 : 0);
