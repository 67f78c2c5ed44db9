/* browser.mjs -- what tests of pages share: checks, and headless Chromium, driven by the DevTools protocol over a pipe: JSON
 * that ends with a NUL, on its descriptors 3 and 4. */
import { spawn } from "node:child_process";

export const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/* profile: an empty folder for all that it keeps. */
export async function openBrowser(profile) {
  const flags = ["--headless=new", "--remote-debugging-pipe", `--user-data-dir=${profile}`, "--no-sandbox", "--disable-gpu",
    "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-extensions",
    "--disable-dev-shm-usage", "--hide-scrollbars"];
  const child = spawn("chromium", flags, { stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"] });
  const waiting = new Map(), listeners = [];
  let number = 0, rest = "", said = "";
  child.stderr.on("data", (bytes) => (said += bytes));
  child.on("exit", () => waiting.forEach(({ reject }) => reject(new Error(`Chromium ended: ${said}`))));
  child.stdio[4].setEncoding("utf8").on("data", (text) => {
    const messages = (rest + text).split("\0");
    rest = messages.pop();
    for (const message of messages.map(JSON.parse)) {
      const { resolve, reject } = waiting.get(message.id) ?? {};
      waiting.delete(message.id);
      if (message.error) reject?.(new Error(JSON.stringify(message.error)));
      else if (message.id) resolve?.(message.result);
      else listeners.forEach((listener) => listener(message));
    }
  });
  const send = (method, params = {}, sessionId = undefined) => new Promise((resolve, reject) => {
    waiting.set(++number, { resolve, reject });
    child.stdio[3].write(JSON.stringify({ id: number, method, params, sessionId }) + "\0");
  });
  const ended = new Promise((resolve) => child.on("exit", resolve));
  const close = () => send("Browser.close").catch(() => child.kill()).then(() => ended);
  return { send, listen: (listener) => listeners.push(listener), close };
}

const whatWasThrown = ({ exception, text }) => exception?.description ?? text;

/* A page of the browser, with what its console said that is no mere information. before: a script that runs ahead of it. */
export async function openPage(browser, url, { width = 1000, height = 900, touch = false, before = "" } = {}) {
  const { targetId } = await browser.send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await browser.send("Target.attachToTarget", { targetId, flatten: true });
  const send = (method, params) => browser.send(method, params, sessionId);
  const errors = [];
  browser.listen(({ method, params, sessionId: from }) => {
    if (from !== sessionId) return;
    if (method === "Runtime.exceptionThrown") errors.push(whatWasThrown(params.exceptionDetails));
    if (method === "Log.entryAdded" && params.entry.level === "error") errors.push(params.entry.text);
    if (method === "Runtime.consoleAPICalled" && ["error", "warning"].includes(params.type))
      errors.push(params.args.map((one) => one.value).join(" "));
  });
  const run = async (expression) => {
    const { result, exceptionDetails } = await send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(whatWasThrown(exceptionDetails));
    return result.value;
  };
  await Promise.all(["Page", "Runtime", "Log"].map((domain) => send(`${domain}.enable`)));
  await send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: touch });
  if (touch) await send("Emulation.setTouchEmulationEnabled", { enabled: true });
  if (before) await send("Page.addScriptToEvaluateOnNewDocument", { source: before });
  await send("Page.navigate", { url });

  /* Until the expression is true. */
  const until = async (expression, seconds = 60) => {
    for (const end = Date.now() + 1000 * seconds; Date.now() < end; await sleep(30))
      if (await run(`Boolean(${expression})`)) return;
    throw new Error(`it never came to be: ${expression}`);
  };
  /* A stroke through points of the element, 0 to 1 from its left and top. */
  const draw = async (id, points) => {
    const box = await run(`document.getElementById("${id}").getBoundingClientRect().toJSON()`);
    const at = points.map(([x, y]) => ({ x: box.x + x * box.width, y: box.y + y * box.height }));
    const kinds = at.map((_, i) => (i === 0 ? "Start" : "Move"));
    if (touch) {
      for (const [i, point] of at.entries())
        await send("Input.dispatchTouchEvent", { type: `touch${kinds[i]}`, touchPoints: [point] });
      return send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
    }
    const mouse = (type, point) => send("Input.dispatchMouseEvent", { type, ...point, button: "left", buttons: 1, clickCount: 1 });
    await mouse("mousePressed", at[0]);
    for (const point of at.slice(1)) await mouse("mouseMoved", point);
    return mouse("mouseReleased", at.at(-1));
  };
  return { send, run, until, draw, errors, close: () => browser.send("Target.closeTarget", { targetId }) };
}

let failed = 0;
export const failures = () => failed;

/* A line of the test: the body gives what is wrong, or nothing; what it throws is wrong, too. */
export async function check(name, body) {
  try {
    const wrong = await body();
    if (wrong) throw new Error(wrong);
    console.log(`ok ${name}`);
  } catch (error) {
    failed++;
    console.log(`# ${String(error.message).replaceAll("\n", "\n# ")}\nnot ok ${name}`);
  }
}
