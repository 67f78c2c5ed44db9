"""Keras' optimizers on PyTorch's tensors, from their papers and Keras 3's documentation: PyTorch's own put epsilon and the
corrections elsewhere, and have other schedules."""
import math

import torch


def towards(mean, x, beta):
    mean.mul_(beta).add_((1 - beta) * x)


def sgd(a, s, p, g, t):
    momentum, rate = a.get("momentum", 0.0), a["learning_rate"]
    s.slot("v").mul_(momentum).sub_(rate * g)
    p.add_(momentum * s.slot("v") - rate * g if a.get("nesterov", False) else s.slot("v"))


def adam(a, s, p, g, t):
    beta_1, beta_2 = a.get("beta_1", 0.9), a.get("beta_2", 0.999)
    towards(s.slot("m"), g, beta_1)
    towards(s.slot("v"), g ** 2, beta_2)
    v = s.slot("v")
    if a.get("amsgrad", False):
        v = s.slot("largest").copy_(torch.maximum(s.slot("largest"), v))
    rate = a["learning_rate"] * (1 - beta_2 ** t) ** 0.5 / (1 - beta_1 ** t)
    p.sub_(rate * s.slot("m") / (v.sqrt() + a.get("epsilon", 1e-7)))


def adamax(a, s, p, g, t):
    beta_1, beta_2 = a.get("beta_1", 0.9), a.get("beta_2", 0.999)
    towards(s.slot("m"), g, beta_1)
    s.slot("u").copy_(torch.maximum(beta_2 * s.slot("u"), g.abs()))
    p.sub_(a["learning_rate"] * s.slot("m") / ((1 - beta_1 ** t) * (s.slot("u") + a.get("epsilon", 1e-7))))


def nadam(a, s, p, g, t):
    beta_1, beta_2 = a.get("beta_1", 0.9), a.get("beta_2", 0.999)
    u = [beta_1 * (1 - 0.5 * 0.96 ** i) for i in range(1, t + 2)]
    now, following = 1.0, 1.0
    for i, factor in enumerate(u):
        following *= factor
        now *= factor if i < t else 1.0
    towards(s.slot("m"), g, beta_1)
    towards(s.slot("v"), g ** 2, beta_2)
    mean = u[t] * s.slot("m") / (1 - following) + (1 - u[t - 1]) * g / (1 - now)
    p.sub_(a["learning_rate"] * mean / ((s.slot("v") / (1 - beta_2 ** t)).sqrt() + a.get("epsilon", 1e-7)))


def adagrad(a, s, p, g, t):
    s.slot("sum", a.get("initial_accumulator_value", 0.1)).add_(g ** 2)
    p.sub_(a["learning_rate"] * g / (s.slot("sum") + a.get("epsilon", 1e-7)).sqrt())


def adadelta(a, s, p, g, t):
    rho, epsilon = a.get("rho", 0.95), a.get("epsilon", 1e-7)
    towards(s.slot("g"), g ** 2, rho)
    d = -(s.slot("d") + epsilon).sqrt() * g / (s.slot("g") + epsilon).sqrt()
    towards(s.slot("d"), d ** 2, rho)
    p.add_(a["learning_rate"] * d)


def rmsprop(a, s, p, g, t):
    rho = a.get("rho", 0.9)
    towards(s.slot("v"), g ** 2, rho)
    below = s.slot("v") + a.get("epsilon", 1e-7)
    if a.get("centered", False):
        towards(s.slot("mean"), g, rho)
        below = below - s.slot("mean") ** 2
    s.slot("momentum").mul_(a.get("momentum", 0.0)).add_(a["learning_rate"] * g / below.sqrt())
    p.sub_(s.slot("momentum"))


def lion(a, s, p, g, t):
    beta_1, beta_2 = a.get("beta_1", 0.9), a.get("beta_2", 0.99)
    p.sub_(a["learning_rate"] * (beta_1 * s.slot("m") + (1 - beta_1) * g).sign())
    towards(s.slot("m"), g, beta_2)


def ftrl(a, s, p, g, t):
    rate, power = a["learning_rate"], -a.get("learning_rate_power", -0.5)
    n, z = s.slot("n", a.get("initial_accumulator_value", 0.1)), s.slot("z")
    after = n + g ** 2
    l1, l2 = a.get("l1_regularization_strength", 0.0), a.get("l2_regularization_strength", 0.0) + a.get("beta", 0.0) / (2 * rate)
    z.add_(g + 2 * a.get("l2_shrinkage_regularization_strength", 0.0) * p - (after ** power - n ** power) / rate * p)
    n.copy_(after)
    p.copy_((z.clamp(-l1, l1) - z) / (after ** power / rate + 2 * l2))


def schedule_free(a, s, p, g, t):
    beta_1, beta_2, rate = a.get("beta_1", 0.9), a.get("beta_2", 0.999), a["learning_rate"]
    z, v = s.slot("z"), s.slot("v")
    if t == 1:
        z.copy_(p / (1 - a.get("weight_decay", 0.0) * rate))
    x = (p - (1 - beta_1) * z) / beta_1
    v.mul_(beta_2).add_((1 - beta_2) * g ** 2)
    warm = min(t / a["warmup_steps"], 1.0) if a.get("warmup_steps") else 1.0
    z.sub_(rate * warm * g / ((v / (1 - beta_2 ** t)).sqrt() + a.get("epsilon", 1e-8)))
    p.copy_((1 - beta_1) * z + beta_1 * torch.lerp(x, z, 1 / t))


RULES = {"ScheduleFreeAdamW": schedule_free, "SGD": sgd, "Adam": adam, "AdamW": adam, "Adamax": adamax, "Nadam": nadam, "Adagrad": adagrad,
         "Adadelta": adadelta, "RMSprop": rmsprop, "Lion": lion, "Ftrl": ftrl}


def piecewise(a, step):
    for boundary, value in zip(a["boundaries"], a["values"]):
        if step <= boundary:
            return value
    return a["values"][-1]


def polynomial(a, step):
    steps, end = a["decay_steps"], a.get("end_learning_rate", 1e-4)
    if a.get("cycle", False):
        steps *= max(1, math.ceil(step / steps))
    return (a["initial_learning_rate"] - end) * (1 - min(step, steps) / steps) ** a.get("power", 1.0) + end


def half_wave(part, alpha):
    return (1 - alpha) * 0.5 * (1 + math.cos(math.pi * part)) + alpha


def cosine(a, step):
    initial, target, warmup = a["initial_learning_rate"], a.get("warmup_target"), a.get("warmup_steps", 0)
    if target is not None and step < warmup:
        return initial + (target - initial) * step / warmup
    top = initial if target is None else target
    return top * half_wave(min(1, (step - (0 if target is None else warmup)) / a["decay_steps"]), a.get("alpha", 0.0))


def restarts(a, step):
    begin, length, height = 0, a["first_decay_steps"], 1.0
    while step >= begin + length:
        begin, length, height = begin + length, length * a.get("t_mul", 2.0), height * a.get("m_mul", 1.0)
    alpha = a.get("alpha", 0.0)
    wave = 0.5 * height * (1 + math.cos(math.pi * (step - begin) / length))
    return a["initial_learning_rate"] * ((1 - alpha) * wave + alpha)


def parts(a, step):
    part = step / a["decay_steps"]
    return math.floor(part) if a.get("staircase", False) else part


SCHEDULES = {
    "ExponentialDecay": lambda a, step: a["initial_learning_rate"] * a["decay_rate"] ** parts(a, step),
    "InverseTimeDecay": lambda a, step: a["initial_learning_rate"] / (1 + a["decay_rate"] * parts(a, step)),
    "PolynomialDecay": polynomial, "PiecewiseConstantDecay": piecewise, "CosineDecay": cosine, "CosineDecayRestarts": restarts,
}


class Slots:
    def __init__(self, like):
        self.like, self.tensors = like, {}

    def slot(self, name, initial=0.0):
        return self.tensors.setdefault(name, torch.full_like(self.like, initial))


class Optimizer:
    """A rule with what all of them have: the mean of several batches, clipping, decay, the update, a moving average."""

    def __init__(self, kind, arguments, parameters):
        self.rule, self.arguments, self.parameters, self.t, self.batches = RULES[kind], dict(arguments), parameters, 0, 0
        self.decay = arguments.get("weight_decay", 0.004 if kind == "AdamW" else 0.0)
        self.slots = [Slots(p) for p in parameters]

    def zero_grad(self):
        for p in self.parameters:
            p.grad = None

    def rate(self):
        rate = self.arguments["rate"]
        if isinstance(rate, tuple):
            rate = SCHEDULES[rate[0]](rate[1], self.batches)
        return rate / (1 + self.arguments.get("decay", 0.0) * self.batches)

    @torch.no_grad()
    def step(self):
        a, every = self.arguments, self.arguments.get("gradient_accumulation_steps", 1)
        a.setdefault("rate", a["learning_rate"])
        a["learning_rate"] = self.rate()
        self.batches += 1
        for p, slots in zip(self.parameters, self.slots):
            slots.slot("mean of batches").add_(p.grad / every)
        if self.batches % every == 0:
            self.t += 1
            gradients = self.clipped(a, [slots.slot("mean of batches") for slots in self.slots])
            for p, slots, g in zip(self.parameters, self.slots, gradients):
                self.update(a, p, slots, g)
        if a.get("use_ema", False):
            for p, slots in zip(self.parameters, self.slots):
                self.average(a, p, slots, (self.batches - 1) // every)

    def clipped(self, a, gradients):
        """keras/src/optimizers/base_optimizer.py: _clip_by_norm, clip_by_global_norm."""
        if "clipnorm" in a:
            return [g * a["clipnorm"] / g.norm().clamp(min=a["clipnorm"]) for g in gradients]
        if "global_clipnorm" in a:
            norm, limit = torch.stack([(g ** 2).sum() for g in gradients]).sum().sqrt(), a["global_clipnorm"]
            return [g * (limit * min(1 / norm, 1 / limit)) for g in gradients]
        limit = a.get("clipvalue", float("inf"))
        return [g.clamp(-limit, limit) for g in gradients]

    def update(self, a, p, slots, g):
        p.sub_(self.decay * a["learning_rate"] * p)
        self.rule(a, slots, p, g, self.t)
        slots.slot("mean of batches").zero_()

    def average(self, a, p, slots, iterations):
        """_update_model_variables_moving_average: with each batch, whether it makes an update or not."""
        average, momentum = slots.slot("average"), a.get("ema_momentum", 0.99) if iterations > 0 else 0
        average.mul_(momentum).add_((1 - momentum) * p)
        if "ema_overwrite_frequency" in a and (iterations + 1) % a["ema_overwrite_frequency"] == 0:
            p.copy_(average)
