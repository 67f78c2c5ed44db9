/* engine.js -- the network as WebAssembly (page.c), for the page and for its worker. */
"use strict";

/* Of what wasi-libc asks for only a clock is there: nothing else is called by what runs here. */
function systemOf(module, memory) {
  const system = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module))
    if (from === "wasi_snapshot_preview1") system[name] = () => 52; /* ENOSYS */
  system.clock_time_get = (clock, precision, at) => {
    new DataView(memory()).setBigUint64(at, BigInt(Math.round(performance.now() * 1e6)), true);
    return 0;
  };
  return system;
}

/* progress(epoch, step, steps, seconds, columns, validation or null): of a training. */
async function openEngine(module, progress = () => {}) {
  let code;
  const memory = () => code.memory.buffer; /* another one when it has grown */
  const doubles = (at) => at ? Array.from(new Float64Array(memory(), at, 2)) : null;
  const instance = await WebAssembly.instantiate(module, {
    wasi_snapshot_preview1: systemOf(module, memory),
    page: { progress: (epoch, step, steps, seconds, columns, validation) => {
      progress(epoch, step, steps, seconds, doubles(columns), doubles(validation));
      return 1;
    } },
  });
  code = instance.exports;
  code._initialize();
  const text = (at) => {
    const bytes = new Uint8Array(memory(), at);
    return new TextDecoder().decode(bytes.slice(0, bytes.indexOf(0)));
  };
  const page = code.open();
  if (!page) throw new Error("there is not enough memory");
  const network = JSON.parse(text(code.describe()));
  const count = (shape) => shape.reduce((product, size) => product * size, 1);
  const floats = (at, size) => new Float32Array(memory(), at, size);
  const size = Math.max(...network.parameters.map((one) => one.offset + count(one.shape)));
  const keep = (bytes) => {
    const at = code.malloc(bytes.length);
    if (!at) throw new Error("there is not enough memory for the digits");
    new Uint8Array(memory(), at, bytes.length).set(bytes);
    return at;
  };

  return {
    network,
    parameters: () => floats(code.parameters(page), size).slice(),
    setParameters(values) {
      floats(code.parameters(page), size).set(values);
      code.prepare(page);
    },
    /* 784 numbers from 0 to 1 -> the scores. */
    predict(pixels, times = 1) {
      floats(code.input(page), pixels.length).set(pixels);
      return floats(code.predict(page, times), network.classes).slice();
    },
    /* What each layer makes of the same picture. */
    layers() {
      const all = code.show(page);
      return network.layers.map((layer) => floats(all + 4 * layer.at, count(layer.shape)).slice());
    },
    /* Sets: {bytes: all pictures, then all classes; rows}. */
    train(train, test, epochs, seed) {
      const places = [keep(train.bytes), keep(test.bytes)];
      const ok = code.train(page, places[0], train.rows, places[1], test.rows, epochs, seed);
      places.forEach((place) => code.free(place));
      if (!ok) throw new Error(text(code.error(page)));
    },
    /* The weights as the bytes of a .safetensors file. */
    pack() {
      const packed = code.pack(page);
      if (!packed) throw new Error(text(code.error(page)));
      const view = new DataView(memory());
      const at = view.getUint32(packed, true);
      const bytes = new Uint8Array(memory(), at, Number(view.getBigInt64(packed + 8, true))).slice();
      code.free(at);
      code.free(packed);
      return bytes;
    },
  };
}
