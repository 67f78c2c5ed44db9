// runtime.js -- has ONNX Runtime (npm install onnxruntime-node) compute what export.c --keep left in a folder, and compares.
//
//     export --keep FOLDER examples/*.lua; NODE_PATH=.../node_modules node runtime.js FOLDER
const fs = require('fs')
const path = require('path')
const ort = require('onnxruntime-node')

const arrays = {float32: Float32Array, int32: Int32Array, uint8: Uint8Array}

async function check(folder, name) {
  const told = JSON.parse(fs.readFileSync(path.join(folder, name + '.json')))
  const session = await ort.InferenceSession.create(path.join(folder, name + '.onnx'), {logSeverityLevel: 3})
  const feeds = {}
  session.inputNames.forEach((input, i) => {
    const {type, dims, data} = told.inputs[i]
    feeds[input] = new ort.Tensor(type, arrays[type].from(data), dims)
  })
  const outputs = await session.run(feeds)
  let worst = 0
  session.outputNames.forEach((output, i) => {
    const {dims, data} = told.outputs[i]
    if (outputs[output].dims.join() !== dims.join()) throw new Error(`${output} is ${outputs[output].dims}, not ${dims}`)
    const largest = data.reduce((most, x) => Math.max(most, Math.abs(x)), 1)
    data.forEach((x, j) => { // null: no number
      const found = Number(outputs[output].data[j])
      if (x !== null || isFinite(found)) worst = Math.max(worst, x === null ? 1 : Math.abs(x - found) / largest)
    })
  })
  if (!(worst <= 1e-5)) throw new Error(`differs by ${worst} of the largest number`) // sums of float32 in another order
}

async function main(folder) {
  let right = 0, wrong = 0
  const names = fs.readdirSync(folder).filter(file => file.endsWith('.json')).map(file => file.slice(0, -5))
  for (const name of names.sort((a, b) => a - b)) {
    try {
      await check(folder, name)
      right++
    } catch (error) {
      console.log(`not ok ${name}: ${String(error.message || error).split('\n')[0]}`)
      wrong++
    }
  }
  console.log(`# ${right} right, ${wrong} wrong`)
  process.exit(wrong > 0 ? 1 : 0)
}

main(process.argv[2])
