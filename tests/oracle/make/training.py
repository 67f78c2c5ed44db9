#!/usr/bin/python3
"""Writes ../cases/metrics_*.lua, ../cases/scores_*.lua, ../cases/focal_*.lua and others of losses, each with its .safetensors.

Metrics are computed here by numpy in float64 as Keras 3 defines them (keras/src/metrics), each threshold by itself; losses by
PyTorch in float64, one step of gradient descent included. The network is one Dense layer.
"""
import os
import zlib

import numpy as np
import torch

from make import CASES_FOLDER, rounded, safetensors

ROWS = 40
EPSILON = 1e-7
torch.set_default_dtype(torch.float64)


def ratio(a, b):
    a, b = np.asarray(a, float), np.asarray(b, float)
    return np.where(b == 0, 0, a / np.where(b == 0, 1, b))


# ---- metrics: (labels, outputs) -> number ---------------------------------------------------------------


def counts(t, p, threshold):
    """True and false positives, true and false negatives."""
    said, right = p > threshold, t != 0
    return [np.sum(x) for x in (said & right, said & ~right, ~said & ~right, ~said & right)]


def top(p, k):
    order = np.argsort(-p, axis=-1, kind="stable")
    mask = np.zeros_like(p)
    np.put_along_axis(mask, order[..., :k], 1, -1)
    return mask


def precision(t, p, threshold=0.5):
    tp, fp, _, _ = counts(t, p, threshold)
    return ratio(tp, tp + fp)


def recall(t, p, threshold=0.5):
    tp, _, _, fn = counts(t, p, threshold)
    return ratio(tp, tp + fn)


def curve(t, p, n=200):
    """By threshold; the first is below all outputs, the last above."""
    thresholds = [-EPSILON] + [i / (n - 1) for i in range(1, n - 1)] + [1 + EPSILON]
    return [np.array(x, float) for x in zip(*(counts(t, p, h) for h in thresholds))]


def curve_at(t, p, points, weights):
    """The same of thresholds that are given; weights: of the outputs."""
    thresholds = [-EPSILON] + sorted(points) + [1 + EPSILON]
    w = np.ones(p.shape[-1]) if weights is None else np.array(weights)
    rows = [[np.sum(w * x) for x in ((p > h) & (t != 0), (p > h) & (t == 0), (p <= h) & (t == 0), (p <= h) & (t != 0))]
            for h in thresholds]
    return [np.array(x, float) for x in zip(*rows)]


def auc(t, p, kind="ROC", method="interpolation", n=200, points=None, weights=None):
    tp, fp, tn, fn = curve(t, p, n) if points is None else curve_at(t, p, points, weights)
    if kind == "PR" and method == "interpolation":
        dtp, total = tp[:-1] - tp[1:], tp + fp
        slope = ratio(dtp, np.maximum(total[:-1] - total[1:], 0))
        intercept = tp[1:] - slope * total[1:]
        both = (total[:-1] > 0) & (total[1:] > 0)
        safe = np.where(both, ratio(total[:-1], total[1:]), 1)
        return np.sum(ratio(slope * (dtp + intercept * np.log(safe)), tp[1:] + fn[1:]))
    x, y = ratio(fp, fp + tn), ratio(tp, tp + fn)
    if kind == "PR":
        x, y = y, ratio(tp, tp + fp)
    heights = {"interpolation": (y[:-1] + y[1:]) / 2, "minoring": np.minimum(y[:-1], y[1:]),
               "majoring": np.maximum(y[:-1], y[1:])}[method]
    return np.sum((x[:-1] - x[1:]) * heights)


def best(t, p, limit, wanted, least):
    rows = [counts(t, p, i / 199) for i in range(200)]
    tp, fp, tn, fn = (np.array(x, float) for x in zip(*rows))
    of = {"precision": ratio(tp, tp + fp), "recall": ratio(tp, tp + fn), "specificity": ratio(tn, tn + fp)}
    there = of[limit] >= least
    return of[wanted][there].max() if there.any() else 0


def iou(t, p, ids):
    """t, p: classes."""
    values = []
    for c in ids:
        both, union = np.sum((t == c) & (p == c)), np.sum((t == c) | (p == c))
        if union:
            values.append(both / union)
    return np.mean(values) if values else 0


def iou_but(t, p, ignored, ids):
    return iou(t[t != ignored], p.argmax(-1)[t != ignored], ids)


def fbeta(t, p, average, beta=1.0, threshold=None):
    said = p > threshold if threshold else (p >= p.max(-1, keepdims=True)) & (np.abs(p) > 1e-9)
    axis = None if average == "micro" else 0
    tp, fp, fn = np.sum(said * t, axis), np.sum(said * (1 - t), axis), np.sum((1 - said) * t, axis)
    precision, recall = ratio(tp, tp + fp), ratio(tp, tp + fn)
    f = ratio(precision * recall, beta ** 2 * precision + recall) * (1 + beta ** 2)
    if average == "weighted":
        return np.sum(f * ratio(t.sum(0), t.sum()))
    return f.mean() if average == "macro" else f


def r2(t, p, weighted=False, regressors=0):
    variance = np.sum(t ** 2, 0) - np.sum(t, 0) * np.mean(t, 0)
    score = 1 - np.sum((t - p) ** 2, 0) / variance
    value = np.sum(score * variance) / np.sum(variance) if weighted else score.mean()
    return 1 - (1 - value) * (len(t) - 1) / (len(t) - regressors - 1) if regressors else value


def pearson(t, p):
    a, b = t - t.mean(-1, keepdims=True), p - p.mean(-1, keepdims=True)
    return np.mean(a / (a.std(-1, keepdims=True) + EPSILON) * b / (b.std(-1, keepdims=True) + EPSILON))


def concordance(t, p):
    a, b = t - t.mean(-1, keepdims=True), p - p.mean(-1, keepdims=True)
    norm = t.var(-1, keepdims=True) + p.var(-1, keepdims=True) + (t.mean(-1, keepdims=True) - p.mean(-1, keepdims=True)) ** 2
    return np.mean(2 * a * b / (norm + EPSILON))


def in_top(t, p, k):
    """t: classes."""
    score = np.take_along_axis(p, t[..., None].astype(int), -1)
    return np.mean(np.sum(p > score, -1) < k)


# ---- losses: (outputs, labels) -> one a sample ------------------------------------------------------------


def clipped(p):
    return p.clamp(EPSILON, 1 - EPSILON)


def binary_focal(p, y, gamma=2.0, alpha=None, smoothing=0.0):
    y = y * (1 - smoothing) + 0.5 * smoothing
    q = clipped(p)
    value = -(y * q.log() + (1 - y) * (1 - q).log()) * (1 - (y * p + (1 - y) * (1 - p))) ** gamma
    return (value if alpha is None else value * (y * alpha + (1 - y) * (1 - alpha))).reshape(ROWS, -1).mean(1)


def categorical_focal(p, y, gamma=2.0, alpha=0.25, smoothing=0.0):
    y = y * (1 - smoothing) + smoothing / p.shape[-1]
    q = clipped(p / p.sum(-1, keepdim=True))
    return (-y * q.log() * alpha * (1 - q) ** gamma).sum(-1).reshape(ROWS, -1).mean(1)


def dice(p, y, axes):
    return (1 - 2 * (p * y).sum(axes) / (p.sum(axes) + y.sum(axes) + EPSILON)).reshape(len(p), -1).mean(1)


def tversky(p, y, axes, alpha, beta):
    both = (p * y).sum(axes)
    wrong, missing = (p * (1 - y)).sum(axes), ((1 - p) * y).sum(axes)
    return (1 - both / (both + alpha * wrong + beta * missing + EPSILON)).reshape(len(p), -1).mean(1)


def binary(p, y):
    return -(y * clipped(p).log() + (1 - y) * (1 - clipped(p)).log()).reshape(ROWS, -1).mean(1)


def categorical(p, y, smoothing=0.0):
    y = y * (1 - smoothing) + smoothing / p.shape[-1]
    return -(y * clipped(p / p.sum(-1, keepdim=True)).log()).sum(-1).reshape(ROWS, -1).mean(1)


def sparse(p, y):
    return categorical(p, torch.nn.functional.one_hot(y.long(), p.shape[-1]).double())


def sparse_but(ignored):
    """As keras/src/losses: the mean of the places that are not ignored, of the whole batch."""
    def loss(p, y):
        there = y != ignored
        values = -(clipped(p / p.sum(-1, keepdim=True)).log().gather(-1, (y * there).long()[..., None]))[..., 0]
        return (values * there).sum() / there.sum()
    return loss


def summed(loss, values):
    """reduction = "sum", where Keras has so many values of a sample."""
    return lambda p, y: loss(p, y).sum() * values


def generalized(p, y, q):
    right = p.gather(-1, y.long()[..., None])[..., 0]
    return ((1 - right ** q) / q).reshape(ROWS, -1).mean(1)


def squared(p, y):
    return ((p - y) ** 2).reshape(ROWS, -1).mean(1)


def ctc(p, y):
    steps, lengths = torch.full((ROWS,), p.shape[1]), (y != 0).sum(-1)
    return torch.nn.functional.ctc_loss(p.log_softmax(-1).transpose(0, 1), y.long(), steps, lengths, reduction="none")


# ---- cases ----------------------------------------------------------------------------------------------


def draw_labels(kind, shape, random):
    if kind == "class":
        return random.randint(0, shape[-1], (ROWS,) + shape[:-1]).astype(float)
    if kind == "class_or_none":  # a third of them -1
        drawn = random.randint(0, shape[-1], (ROWS,) + shape[:-1])
        return np.where(random.randint(0, 3, drawn.shape) == 0, -1, drawn).astype(float)
    if kind == "one_hot":
        return np.eye(shape[-1])[random.randint(0, shape[-1], (ROWS,) + shape[:-1])]
    if kind == "sequence":  # up to three labels, padded with the blank, 0; some are the same as the one before
        lengths, labels = random.randint(0, 4, ROWS), random.randint(1, shape[-1], (ROWS, 3)).astype(float)
        return labels * (np.arange(3) < lengths[:, None])
    if kind == "bits":
        return random.randint(0, 2, (ROWS,) + shape).astype(float)
    return rounded(random.normal(size=(ROWS,) + shape))


def case(name, units, activation, kind, loss, given, metrics=(), shape=(4,)):
    """loss: its text and what computes it; metrics: (text, column, function of labels and outputs)."""
    random = np.random.RandomState(zlib.crc32(name.encode()))
    kernel, bias = rounded(random.uniform(-1.5, 1.5, (shape[-1], units))), rounded(random.uniform(-0.5, 0.5, units))
    x = rounded(random.uniform(-1, 1, (ROWS,) + shape))
    y = draw_labels(kind, shape[:-1] + (units,), random)
    k, b = torch.tensor(kernel, requires_grad=True), torch.tensor(bias, requires_grad=True)
    z = torch.tensor(x) @ k + b
    p = {"softmax": lambda: z.softmax(-1), "sigmoid": z.sigmoid, "linear": lambda: z}[activation]()
    value = given(p, torch.tensor(y)).mean()
    value.backward()
    p = p.detach().numpy()
    tensors = {"inputs": x, "labels": y, "predict": p, "loss": [value.item()], "steps": [1],
               "initial/dense/kernel": kernel, "initial/dense/bias": bias,
               "trained/dense/kernel": kernel - k.grad.numpy(), "trained/dense/bias": bias - b.grad.numpy()}
    for _, column, function in metrics:
        tensors[column] = [float(function(y, p))]
    with open(os.path.join(CASES_FOLDER, name + ".safetensors"), "wb") as file:
        file.write(safetensors(tensors))
    with open(os.path.join(CASES_FOLDER, name + ".lua"), "w") as file:
        texts = list(dict.fromkeys(text for text, _, _ in metrics))
        file.write('-- Written by tests/oracle/make/training.py.\nlocal model = Sequential()\n'
                   'model:add(Input{shape = {%s}})\nmodel:add(Dense{units = %d, activation = "%s"})\n'
                   'model:compile{optimizer = SGD{learning_rate = 1.0}, loss = %s, metrics = {%s}}\nreturn model\n'
                   % (", ".join(map(str, shape)), units, activation, loss,
                      "".join("\n  %s," % text for text in texts) + ("\n" if texts else "")))


one = [
    ("AUC()", "auc", auc), ('AUC{name = "few", num_thresholds = 11}', "few", lambda t, p: auc(t, p, n=11)),
    ('AUC{name = "least", summation_method = "minoring"}', "least", lambda t, p: auc(t, p, method="minoring")),
    ('AUC{name = "most", summation_method = "majoring"}', "most", lambda t, p: auc(t, p, method="majoring")),
    ('AUC{name = "pr", curve = "PR"}', "pr", lambda t, p: auc(t, p, "PR")),
    ('AUC{name = "pr_least", curve = "PR", summation_method = "minoring"}', "pr_least",
     lambda t, p: auc(t, p, "PR", "minoring")),
    ("PrecisionAtRecall{0.6}", "precision_at_recall", lambda t, p: best(t, p, "recall", "precision", 0.6)),
    ("RecallAtPrecision{0.6}", "recall_at_precision", lambda t, p: best(t, p, "precision", "recall", 0.6)),
    ("SensitivityAtSpecificity{0.7}", "sensitivity_at_specificity", lambda t, p: best(t, p, "specificity", "recall", 0.7)),
    ("SpecificityAtSensitivity{0.7}", "specificity_at_sensitivity", lambda t, p: best(t, p, "recall", "specificity", 0.7)),
    ("TruePositives()", "true_positives", lambda t, p: counts(t, p, 0.5)[0]),
    ("FalsePositives()", "false_positives", lambda t, p: counts(t, p, 0.5)[1]),
    ("TrueNegatives{0.3}", "true_negatives", lambda t, p: counts(t, p, 0.3)[2]),
    ("FalseNegatives()", "false_negatives", lambda t, p: counts(t, p, 0.5)[3]),
    ("Precision()", "precision", precision), ("Recall{thresholds = {0.2, 0.6}}", "recall_0", lambda t, p: recall(t, p, 0.2)),
    ("Recall{thresholds = {0.2, 0.6}}", "recall_1", lambda t, p: recall(t, p, 0.6)),
    ("BinaryAccuracy{threshold = 0.3}", "binary_accuracy", lambda t, p: np.mean((p > 0.3) == t)),
    ("BinaryIoU{threshold = 0.4}", "binary_iou", lambda t, p: iou(t, p >= 0.4, (0, 1))),
    ('"binary_crossentropy"', "binary_crossentropy", lambda t, p: binary(torch.tensor(p), torch.tensor(t)).mean().item()),
]
case("metrics_yes_or_no", 1, "sigmoid", "bits", '"binary_crossentropy"', binary, one)

many = one[:1] + [
    ('AUC{name = "each", multi_label = true}', "each", lambda t, p: np.mean([auc(t[:, i], p[:, i]) for i in range(3)])),
    ('AUC{name = "at", thresholds = {0.7, 0.25, 0.4}, label_weights = {1, 0.5, 2}}', "at",
     lambda t, p: auc(t, p, points=(0.7, 0.25, 0.4), weights=(1, 0.5, 2))),
    ('AUC{name = "each_weighed", multi_label = true, curve = "PR", label_weights = {1, 0, 2}}', "each_weighed",
     lambda t, p: (auc(t[:, 0], p[:, 0], "PR") + 2 * auc(t[:, 2], p[:, 2], "PR")) / 3),
    ("Precision{class_id = 1}", "precision", lambda t, p: precision(t[:, 1], p[:, 1])),
    ("Recall{top_k = 2}", "recall", lambda t, p: recall(t, top(p, 2))),
    ('F1Score{threshold = 0.4, average = "micro"}', "f1_score", lambda t, p: fbeta(t, p, "micro", threshold=0.4)),
    ('BinaryIoU{target_class_ids = {1}}', "binary_iou", lambda t, p: iou(t, p >= 0.5, (1,))),
]
# More outputs than are compared with all thresholds at once.
wide = [
    ("AUC()", "auc", auc), ('AUC{name = "pr", curve = "PR", num_thresholds = 31}', "pr", lambda t, p: auc(t, p, "PR", n=31)),
    ('AUC{name = "at", thresholds = {0.7, 0.25, 0.4}, label_weights = {%s}}' % ", ".join(str(i % 3) for i in range(1, 21)), "at",
     lambda t, p: auc(t, p, points=(0.7, 0.25, 0.4), weights=[i % 3 for i in range(1, 21)])),
    ("PrecisionAtRecall{0.6}", "precision_at_recall", lambda t, p: best(t, p, "recall", "precision", 0.6)),
]
case("metrics_wide", 20, "sigmoid", "bits", '"binary_crossentropy"', binary, wide)
case("metrics_several", 3, "sigmoid", "bits", '"binary_crossentropy"', binary, many)

one_hot = [
    ("TopKCategoricalAccuracy{k = 2}", "top_k_categorical_accuracy", lambda t, p: in_top(t.argmax(-1), p, 2)),
    ("OneHotMeanIoU{5}", "one_hot_mean_iou", lambda t, p: iou(t.argmax(-1), p.argmax(-1), range(5))),
    ("OneHotIoU{5, {0, 3}}", "one_hot_iou", lambda t, p: iou(t.argmax(-1), p.argmax(-1), (0, 3))),
    ('F1Score{average = "macro"}', "f1_score", lambda t, p: fbeta(t, p, "macro")),
    ('F1Score{average = "weighted", name = "by_labels"}', "by_labels", lambda t, p: fbeta(t, p, "weighted")),
] + [("FBetaScore{beta = 2.0}", "fbeta_score_%d" % i, lambda t, p, i=i: fbeta(t, p, None, 2.0)[i]) for i in range(5)]
case("metrics_one_hot", 5, "softmax", "one_hot", '"categorical_crossentropy"', categorical, one_hot)

classes = [
    ("SparseTopKCategoricalAccuracy{k = 3}", "sparse_top_k_categorical_accuracy", lambda t, p: in_top(t, p, 3)),
    ("MeanIoU{5, sparse_y_pred = false}", "mean_iou", lambda t, p: iou(t, p.argmax(-1), range(5))),
    ("IoU{5, {1, 2}, sparse_y_pred = false}", "iou", lambda t, p: iou(t, p.argmax(-1), (1, 2))),
    ('"accuracy"', "accuracy", lambda t, p: np.mean(p.argmax(-1) == t)),
]
case("metrics_classes", 5, "softmax", "class", '"sparse_categorical_crossentropy"', sparse, classes)
case("scores_of_steps", 5, "softmax", "class", '"sparse_categorical_crossentropy"', sparse, classes, shape=(3, 4))
case("scores_of_pixels", 5, "softmax", "class", '"sparse_categorical_crossentropy"', sparse, classes, shape=(2, 3, 4))
case("scores_of_pixels_one_hot", 4, "softmax", "one_hot", "CategoricalCrossentropy{label_smoothing = 0.2}",
     lambda p, y: categorical(p, y, 0.2), one_hot[:1], shape=(2, 3, 4))

numbers = [
    ("RootMeanSquaredError()", "root_mean_squared_error", lambda t, p: np.sqrt(np.mean((t - p) ** 2))),
    ("R2Score()", "r2_score", r2),
    ('R2Score{class_aggregation = "variance_weighted_average", name = "by_variance", num_regressors = 4}', "by_variance",
     lambda t, p: r2(t, p, True, 4)),
    ('"cosine_similarity"', "cosine_similarity",
     lambda t, p: np.mean(np.sum(t * p, -1) / np.linalg.norm(t, axis=-1) / np.linalg.norm(p, axis=-1))),
    ("PearsonCorrelation()", "pearson_correlation", pearson), ("ConcordanceCorrelation()", "concordance_correlation", concordance),
    ("LogCoshError()", "logcosh", lambda t, p: np.mean(np.log(np.cosh(t - p)))),
    ('MeanAbsoluteError{name = "off"}', "off", lambda t, p: np.mean(np.abs(t - p))), ('"MSE"', "MSE", lambda t, p: np.mean((t - p) ** 2)),
    ('function(label, output) return op.unary(label - output, "abs") end', "metric", lambda t, p: np.mean(np.abs(t - p))),
]
case("metrics_numbers", 3, "linear", "normal", '"mse"', squared, numbers)

case("focal_binary", 3, "sigmoid", "bits", "BinaryFocalCrossentropy()", binary_focal)
case("focal_binary_balanced", 3, "sigmoid", "bits",
     "BinaryFocalCrossentropy{apply_class_balancing = true, alpha = 0.4, gamma = 1.5, label_smoothing = 0.1}",
     lambda p, y: binary_focal(p, y, 1.5, 0.4, 0.1))
case("focal_categorical", 4, "softmax", "one_hot", "CategoricalFocalCrossentropy{gamma = 3.0, label_smoothing = 0.1}",
     lambda p, y: categorical_focal(p, y, 3.0, smoothing=0.1))
case("focal_of_pixels", 4, "softmax", "one_hot", "CategoricalFocalCrossentropy{alpha = 0.5}",
     lambda p, y: categorical_focal(p, y, alpha=0.5), shape=(2, 3, 4))
case("overlap_dice", 2, "sigmoid", "bits", "Dice{axis = {1, 2, 3}}", lambda p, y: dice(p, y, (1, 2, 3)), shape=(3, 4, 4))
case("overlap_tversky", 2, "sigmoid", "bits", "Tversky{alpha = 0.3, beta = 0.7, axis = {1, 2}}",
     lambda p, y: tversky(p, y, (1, 2), 0.3, 0.7), shape=(3, 4, 4))
case("sequences_ctc", 4, "linear", "sequence", "CTC{label_length = 3}", ctc, shape=(7, 4))
case("generalized_cross_entropy", 5, "softmax", "class", "CategoricalGeneralizedCrossEntropy{q = 0.7}", lambda p, y: generalized(p, y, 0.7))
case("generalized_of_pixels", 5, "softmax", "class", "CategoricalGeneralizedCrossEntropy()", lambda p, y: generalized(p, y, 0.5),
     shape=(2, 3, 4))

case("ignored_class", 5, "softmax", "class_or_none", "SparseCategoricalCrossentropy{ignore_class = -1}", sparse_but(-1),
     [("MeanIoU{5, sparse_y_pred = false, ignore_class = -1}", "mean_iou", lambda t, p: iou_but(t, p, -1, range(5)))], shape=(2, 3, 4))
case("ignored_class_of_logits", 4, "linear", "class", "SparseCategoricalCrossentropy{ignore_class = 2, from_logits = true}",
     lambda p, y: sparse_but(2)(p.softmax(-1), y),
     [("MeanIoU{4, sparse_y_pred = false, ignore_class = 2}", "mean_iou", lambda t, p: iou_but(t, p, 2, range(4)))], shape=(3, 4))
case("ignored_class_one_hot", 4, "softmax", "one_hot", "CategoricalCrossentropy()", categorical,
     [("OneHotMeanIoU{4, ignore_class = 1}", "one_hot_mean_iou", lambda t, p: iou_but(t.argmax(-1), p, 1, range(4)))])
case("sums_of_pixels", 4, "softmax", "one_hot", 'CategoricalCrossentropy{reduction = "sum"}', summed(categorical, 6),
     shape=(2, 3, 4))
case("sums_of_overlaps", 2, "sigmoid", "bits", 'Dice{axis = {1, 2}, reduction = "sum"}',
     summed(lambda p, y: dice(p, y, (1, 2)), 2), shape=(3, 4, 4))

# Metrics and a loss of the script's own.
OWN_F1 = """(function()
    local F1 = class(Metric, "Own%s")
    function F1:init(threshold)
      self.threshold, self.hits = threshold, self:add_weight{name = "hits", shape = {%s}, initializer = "zeros"}
      self.said, self.right = self:add_weight("said", {shape = {%s}}), self:add_variable{shape = {%s}, initializer = "zeros"}
    end
    function F1:update_state(y_true, y_pred, sample_weight)
      assert(sample_weight == nil)
      local yes = ops.cast(ops.greater(y_pred, self.threshold), "float32")
      self.hits:assign_add(ops.sum(yes * y_true%s))
      self.said:assign(self.said + ops.sum(yes%s))
      self.right:assign_add(ops.sum(y_true%s))
    end
    function F1:result()
      local precision, recall = ops.divide_no_nan(self.hits, self.said), self.hits / ops.maximum(self.right, 1)
      return ops.mean(2 * precision * recall / (precision + recall + ops.epsilon()))
    end
    function F1:reset_state() self.hits:assign(0) end
    return F1(0.4)
  end)()"""
OWN_DEVIATION = """(function()
    local Deviation = class(Metric, "deviation")
    function Deviation:init() self.sum, self.squares, self.count = self:add_weight(), self:add_weight(), self:add_weight() end
    function Deviation:update_state(y_true, y_pred)
      local error = y_pred - y_true
      self.sum:assign_add(ops.sum(error) / 4)
      self.squares:assign_add(ops.sum(ops.sum(ops.square(error), -1), {axis = 0}) * 0.25)
      self.count:assign_add(ops.cast(ops.shape(y_true)[0], "float32"))
    end
    function Deviation:result()
      local mean = self.sum / self.count
      return ops.where(ops.greater(self.count, 2), ops.sqrt(self.squares / self.count - mean ^ 2), -1)
    end
    return Deviation()
  end)()"""
OWN_LOSS = """(function()
  local Weighed = class(Loss, "Weighed")
  function Weighed:init(of_ones) self.of_ones = of_ones end
  function Weighed:call(y_true, y_pred) return ops.square(y_true - y_pred) * (1 + (self.of_ones - 1) * y_true) end
  return Weighed(3)
end)()"""
case("metrics_of_classes", 4, "sigmoid", "bits", OWN_LOSS, lambda p, y: ((y - p) ** 2 * (1 + 2 * y)).mean(-1),
     [(OWN_F1 % ("F1", "", "", "", "", "", ""), "own_f1", lambda t, p: fbeta(t, p, "micro", threshold=0.4)),
      (OWN_F1 % (("Mean", 4, 4, 4) + (", {axis = 0}",) * 3), "own_mean", lambda t, p: fbeta(t, p, "macro", threshold=0.4)),
      (OWN_DEVIATION, "deviation", lambda t, p: np.std(p - t))])

# Losses that are called.
CALLED = """(function()
  local Mixed = class(Loss, "Mixed")
  function Mixed:call(t, y)
    local each = CategoricalCrossentropy{reduction = "none"}(t, y) + 3 * Huber{delta = 0.4, reduction = "none"}(t, y)
    return 2 * each + 0.5 * MeanSquaredError()(t, y)
  end
  return Mixed()
end)()"""
OF_CLASSES = """(function()
  local Mixed = class(Loss, "Mixed")
  function Mixed:init() self.label_shape, self.of_classes = {3}, SparseCategoricalCrossentropy{reduction = None} end
  function Mixed:call(t, y)
    local counts = ops.cast(ops.greater(t, 0), "float32")
    return ops.sum(self.of_classes(t, y) * counts, -1) / ops.maximum(ops.sum(counts, -1), 1)
  end
  return Mixed()
end)()"""


def huber(p, y, delta):
    e = (p - y).abs()
    return torch.where(e <= delta, e * e / 2, delta * e - delta ** 2 / 2).mean(-1)


def of_counted(p, y):
    each = -p.gather(-1, y.long()[..., None])[..., 0].log() * (y > 0)
    return each.sum(-1) / (y > 0).sum(-1).clamp(min=1)


case("loss_called", 4, "softmax", "one_hot", CALLED,
     lambda p, y: 2 * (categorical(p, y) + 3 * huber(p, y, 0.4)) + 0.5 * ((p - y) ** 2).mean(-1))
case("loss_of_own_labels", 5, "softmax", "class", OF_CLASSES, of_counted, shape=(3, 4))
