// Computes the cases of a JSON file with TensorFlow.js' layers, which have Keras' meaning.
// usage: node tensorflow.cjs CASES.json RESULTS.json (with @tensorflow/tfjs in node's path)
const fs = require('fs');
const tf = require('@tensorflow/tfjs');

const NAMES = {silu: 'swish', log_softmax: 'logSoftmax'};
const FORMATS = {channels_first: 'channelsFirst', channels_last: 'channelsLast'};
const LOSSES = {mse: 'meanSquaredError', categorical_crossentropy: 'categoricalCrossentropy',
                sparse_categorical_crossentropy: 'sparseCategoricalCrossentropy',
                binary_crossentropy: 'binaryCrossentropy'};
const LAYERS = {Conv2D: 'conv2d', MaxPool2D: 'maxPooling2d', AveragePooling2D: 'averagePooling2d', Dense: 'dense',
                BatchNormalization: 'batchNormalization', Flatten: 'flatten', Reshape: 'reshape',
                Conv1D: 'conv1d', Conv2DTranspose: 'conv2dTranspose',
                Activation: 'activation', Add: 'add', Concatenate: 'concatenate'};

function camelCase(name) {
    return name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
}

function layerArguments(given) {
    const out = {};
    for (const [name, value] of Object.entries(given)) {
        if (name === 'activation') out.activation = NAMES[value] || value;
        else if (name === 'data_format') out.dataFormat = FORMATS[value];
        else out[camelCase(name)] = value;
    }
    return out;
}

function optimizer([kind, a]) {
    if (kind === 'SGD')
        return a.momentum ? tf.train.momentum(a.learning_rate, a.momentum, !!a.nesterov) : tf.train.sgd(a.learning_rate);
    if (kind === 'Adam') return tf.train.adam(a.learning_rate, a.beta_1, a.beta_2, a.epsilon);
    return tf.train.rmsprop(a.learning_rate, a.rho || 0.9, a.momentum || 0, a.epsilon || 1e-7, !!a.centered);
}

async function compute(net) {
    const values = {input: tf.input({shape: net.shape})};
    const layers = {};
    for (const [name, kind, given, inputs] of net.steps) {
        layers[name] = tf.layers[LAYERS[kind]](layerArguments(given));
        values[name] = layers[name].apply(inputs.length > 1 ? inputs.map(i => values[i]) : values[inputs[0]]);
    }
    const model = tf.model({inputs: values.input, outputs: values[net.steps[net.steps.length - 1][0]]});
    for (const [name, group] of Object.entries(net.weights))
        layers[name].setWeights(Object.values(group).map(w => tf.tensor(w.data, w.shape)));
    model.compile({optimizer: optimizer(net.optimizer), loss: LOSSES[net.loss]});

    const x = tf.tensor(net.inputs.data, net.inputs.shape), label = tf.tensor(net.labels.data, net.labels.shape);
    const predict = Array.from(model.predict(x).dataSync());
    const loss = model.evaluate(x, label, {batchSize: x.shape[0]}).dataSync()[0];
    if (net.tensorflow === 'forward') return {predict, loss};
    for (let step = 0; step < net.n_steps; step++)
        await model.trainOnBatch(tf.slice(x, step * net.batch, net.batch), tf.slice(label, step * net.batch, net.batch));
    const trained = {};
    for (const [name, group] of Object.entries(net.weights)) {
        const after = layers[name].getWeights();
        trained[name] = {};
        Object.keys(group).forEach((key, i) => { trained[name][key] = Array.from(after[i].dataSync()); });
    }
    return {predict, loss, trained};
}

async function main() {
    const results = {};
    for (const net of JSON.parse(fs.readFileSync(process.argv[2])))
        results[net.name] = await compute(net);
    fs.writeFileSync(process.argv[3], JSON.stringify(results));
}

main();
