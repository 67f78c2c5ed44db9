/* wasm.mjs -- runs a program of WebAssembly that only prints: node wasm.mjs PROGRAM. Of what wasi-libc asks a system for there are
 * files 1 and 2, and an end. (Node's own node:wasi is not in all of its versions.) */
import { readFileSync, writeSync } from "node:fs";

const module = new WebAssembly.Module(readFileSync(process.argv[2]));
const system = {};
for (const { name } of WebAssembly.Module.imports(module)) system[name] = () => 52; /* ENOSYS */
system.proc_exit = (status) => process.exit(status);
system.fd_write = (file, pieces, count, written) => {
  const view = new DataView(memory.buffer);
  let all = 0;
  for (let i = 0; i < count; i++) {
    const [from, length] = [0, 4].map((at) => view.getUint32(pieces + 8 * i + at, true));
    for (let done = 0; done < length;) done += writeSync(file, new Uint8Array(memory.buffer, from + done, length - done));
    all += length;
  }
  view.setUint32(written, all, true);
  return 0;
};
const { memory, _start } = new WebAssembly.Instance(module, { wasi_snapshot_preview1: system }).exports;
_start();
