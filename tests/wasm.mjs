/* wasm.mjs -- runs a program of WebAssembly with what wasi-libc asks for: node --no-warnings wasm.mjs PROGRAM [ARGUMENT]...
 * It sees the folder that it is run in, as its own. */
import { readFile } from "node:fs/promises";
import { WASI } from "node:wasi";

const args = process.argv.slice(2);
const wasi = new WASI({ version: "preview1", args, preopens: { ".": "." }, returnOnExit: true });
const module = await WebAssembly.compile(await readFile(args[0]));
process.exitCode = wasi.start(await WebAssembly.instantiate(module, { wasi_snapshot_preview1: wasi.wasiImport }));
