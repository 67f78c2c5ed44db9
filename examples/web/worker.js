/* worker.js -- trains beside the page, which stays quick: gets {module, train, test, epochs, seed}; posts {step}, {epoch} with the
 * weights of its end, {done} and {failed}. */
onmessage = async ({ data: { module, train, test, epochs, seed } }) => {
  let told = 0, engine;
  try {
    engine = await openEngine(module, (epoch, step, steps, seconds, columns, validation) => {
      const now = performance.now();
      if (validation) postMessage({ epoch, seconds, columns, validation, parameters: engine.parameters() });
      else if (now - told > 40) {
        told = now;
        postMessage({ step, steps, epoch, columns });
      }
    });
    engine.train(train, test, epochs, seed);
    postMessage({ done: true, parameters: engine.parameters() });
  } catch (error) {
    postMessage({ failed: error.message });
  }
};
