#!/bin/sh
# Usage: make.sh -- makes the images of this folder again from the test set beside it: CLASS_ROW.pgm, the first of each
# class, and another 5, because the first is hard to read.
set -eu
cd "$(dirname "$0")"
for row in 0 1 2 3 4 7 8 11 15 18 61; do
    class=$(gzip -dc ../t10k-labels-idx1-ubyte.gz | tail -c +$((9 + row)) | od -An -tu1 -N1 | tr -d ' ')
    {
        printf 'P5\n28 28\n255\n'
        gzip -dc ../t10k-images-idx3-ubyte.gz | tail -c +$((17 + 784 * row)) | head -c 784
    } >"${class}_$row.pgm"
done
