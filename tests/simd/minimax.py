#!/usr/bin/env python3
"""Fits the polynomials of templates/math.h.in and prints their coefficients.

Remez' exchange algorithm in double precision: a polynomial whose weighted error against f alternates between
degree + 2 extrema of equal size. The errors that are printed count the rounding of the coefficients to float,
not that of the evaluation. Needs nothing but Python.
"""
import fractions
import math
import struct


def to_float(x):
    return struct.unpack("f", struct.pack("f", x))[0]


def solve(matrix, right):
    """Gaussian elimination with partial pivoting."""
    n = len(right)
    rows = [row[:] + [value] for row, value in zip(matrix, right)]
    for i in range(n):
        pivot = max(range(i, n), key=lambda r: abs(rows[r][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for r in range(i + 1, n):
            factor = rows[r][i] / rows[i][i]
            rows[r] = [a - factor * b for a, b in zip(rows[r], rows[i])]
    x = [0.0] * n
    for i in reversed(range(n)):
        x[i] = (rows[i][n] - sum(rows[i][j] * x[j] for j in range(i + 1, n))) / rows[i][i]
    return x


def horner(coefficients, x):
    value = 0.0
    for c in reversed(coefficients):
        value = value * x + c
    return value


def remez(f, weight, low, high, degree):
    """Coefficients of x**0 ... x**degree, and the largest weighted error."""
    n = degree + 2
    grid = [(low + high) / 2 - (high - low) / 2 * math.cos(math.pi * (i + 0.5) / 3000) for i in range(3000)]
    grid = [x for x in grid if weight(x) > 1e-12]
    target = [(x, f(x), weight(x)) for x in grid]
    points = [target[round((0.5 - 0.5 * math.cos(math.pi * i / (n - 1))) * (len(target) - 1))] for i in range(n)]
    for _ in range(30):
        matrix = [[x**k for k in range(degree + 1)] + [(-1) ** i / w] for i, (x, _, w) in enumerate(points)]
        solution = solve(matrix, [y for _, y, _ in points])
        coefficients = solution[:-1]
        errors = [(w * (y - horner(coefficients, x)), (x, y, w)) for x, y, w in target]
        # the largest error of each run of one sign
        extrema = []
        for error in errors:
            if not extrema or error[0] * extrema[-1][0] < 0:
                extrema.append(error)
            elif abs(error[0]) > abs(extrema[-1][0]):
                extrema[-1] = error
        while len(extrema) > n:
            extrema.pop(0 if abs(extrema[0][0]) < abs(extrema[-1][0]) else -1)
        largest = max(abs(e) for e, _ in errors)
        if len(extrema) < n or largest <= abs(solution[-1]) * 1.0001:
            break
        points = [point for _, point in extrema]
    return coefficients, largest


def fit(name, f, weight, low, high, degree):
    exact, _ = remez(f, weight, low, high, degree)
    rounded = [to_float(c) for c in exact]
    largest = max(abs(weight(x) * (f(x) - horner(rounded, x)))
                  for x in (low + (high - low) * i / 20000 for i in range(20001)))
    print(f"{name}: error {largest:.2e} = {largest * 2**24:.3f} * 2^-24")
    for k, c in enumerate(rounded):
        print(f"    x^{k}: {c.hex().replace('0000000p', 'p')}f  {c!r}")


def exp_tail(r):
    """(e^r - 1 - r) / r^2"""
    return math.fsum(r**k / math.factorial(k + 2) for k in range(20))


def log_tail(f):
    """(log(1 + f) - f + f^2/2) / f^3"""
    return math.fsum((-f) ** k / (k + 3) for k in range(60))


NORMAL_SCALE = 0.3125


def normal_tail(t):
    """e^(z^2/2) * (upper tail of the standard normal distribution at z) / t, where t = 1 / (1 + scale*z)"""
    z = (1 / t - 1) / NORMAL_SCALE
    return 0.5 * math.erfc(z / math.sqrt(2)) * math.exp(z * z / 2) / t


def sin_tail(s):
    """(sin(r) / r - 1) / r^2, where s = r^2"""
    return math.fsum((-1) ** (k + 1) * s**k / math.factorial(2 * k + 3) for k in range(12))


def cos_tail(s):
    """(cos(r) - 1 + r^2/2) / r^4, where s = r^2"""
    return math.fsum((-1) ** k * s**k / math.factorial(2 * k + 4) for k in range(12))


def erf_tail(s):
    """erf(x) / x - 1, where s = x^2"""
    return math.fsum(2 / math.sqrt(math.pi) * (-1) ** k * s**k / math.factorial(k) / (2 * k + 1) for k in range(25)) - 1


def split(name, value, bits, parts):
    """The number as a sum of floats of so many bits, and a last one of 24."""
    print(name)
    rest = fractions.Fraction(value)
    for i in range(parts):
        exponent = math.frexp(float(rest))[1] - (bits if i < parts - 1 else 24)
        part = round(rest / fractions.Fraction(2) ** exponent) * fractions.Fraction(2) ** exponent
        print(f"    {float(part).hex().replace('0000000p', 'p')}f")
        rest -= part


if __name__ == "__main__":
    half = math.log(2) / 2 * 1.0001
    fit("exp_tail", exp_tail, lambda r: r * r / abs(math.expm1(r) or 1), -half, half, 4)
    low, high = math.sqrt(0.5) - 1, math.sqrt(2) - 1
    fit("log_tail", log_tail, lambda f: abs(f**3 / (math.log1p(f) or 1)), low * 1.0001, high * 1.0001, 7)
    fit("normal_tail", normal_tail, lambda t: 1 / normal_tail(t), 1 / (1 + NORMAL_SCALE * 13.3), 1.0, 9)
    quarter = (math.pi / 4 * 1.001) ** 2
    fit("sin_tail", sin_tail, lambda s: s / (1 + s * sin_tail(s)), 0.0, quarter, 3)
    fit("cos_tail", cos_tail, lambda s: s * s / math.cos(math.sqrt(s)), 0.0, quarter, 2)
    fit("erf_tail", erf_tail, lambda s: 1 / (1 + erf_tail(s)), 0.0, 1.0, 6)
    split("pi/2", "1.57079632679489661923132169163975144209858469968755291", 12, 4)
