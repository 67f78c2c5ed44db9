/* pictures.mjs -- the pictures of the README, taken of what was really made: node pictures.mjs REPORT.html PAGE.html FOLDER. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { openBrowser, openPage, sleep } from "../../tests/web/browser.mjs";

const [report, page, folder] = process.argv.slice(2);
const profile = mkdtempSync(`${tmpdir()}/cnnc-pictures-`);
const browser = await openBrowser(profile);

/* The part of the page from one element to another, both whole. */
async function take(opened, name, first, last) {
  const clip = await opened.run(`(() => {
    const from = document.querySelector(${JSON.stringify(first)}).getBoundingClientRect();
    const to = document.querySelector(${JSON.stringify(last)}).getBoundingClientRect();
    return { x: 0, y: from.top + scrollY - 12, width: innerWidth, height: to.bottom - from.top + 24 };
  })()`);
  const { data } = await opened.send("Page.captureScreenshot", { format: "png", clip: { ...clip, scale: 1 }, captureBeyondViewport: true });
  writeFileSync(`${folder}/${name}`, Buffer.from(data, "base64"));
}

const reported = await openPage(browser, `file://${report}`, { width: 760, height: 1200 });
await reported.until(`document.querySelectorAll(".layer").length > 3`);
await reported.run(`document.querySelectorAll(".choices button")[3].click()`);
await reported.run(`document.querySelectorAll(".layer")[3].querySelectorAll(".map")[1].focus({ preventScroll: true })`);
for (const key of ["ArrowDown", "ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight"])
  await reported.run(`document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "${key}" }))`);
await reported.run(`document.querySelector(".about").style.position = "static"`);
await take(reported, "report.png", "#one-sample-walks-through-the-network", ".about");

const drawn = await openPage(browser, `file://${page}`, { width: 900, height: 900 });
await drawn.until(`document.getElementById("scores")?.children.length === 10 && document.getElementById("speed").textContent`);
await drawn.draw("pad", [[0.28, 0.3], [0.4, 0.18], [0.6, 0.2], [0.66, 0.36], [0.5, 0.56], [0.3, 0.8], [0.5, 0.78], [0.72, 0.8]]);
await sleep(500);
await take(drawn, "page.png", "h1", "#layers");
await browser.close();
rmSync(profile, { recursive: true });
