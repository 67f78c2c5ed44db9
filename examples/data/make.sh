#!/bin/sh
# Usage: make.sh MNIST -- makes this folder's files again from the full MNIST in folder MNIST, where
# `make data` puts it (build/data/mnist): the first 5,000 digits to train with and the first 1,000 to test.
set -eu

[ $# = 1 ] || { echo "usage: make.sh MNIST" >&2; exit 2; }
here=$(dirname "$0")

# Writes the first COUNT records of a file, RECORD bytes each after a header of HEADER bytes, with a header
# that says so. gzip -n leaves out the name and the time: the same bytes whenever it is made.
cut() { # FILE HEADER RECORD COUNT
    new=$here/.$1.gz.new
    {
        head -c 4 "$full/$1"
        printf "$(printf '\\000\\000\\%03o\\%03o' $(($4 / 256)) $(($4 % 256)))"
        tail -c +9 "$full/$1" | head -c $(($2 - 8))
        tail -c +$(($2 + 1)) "$full/$1" | head -c $(($3 * $4))
    } | gzip -n -9 >"$new"
    mv "$new" "$here/$1.gz"
}

full=$1
cut train-images-idx3-ubyte 16 784 5000
cut train-labels-idx1-ubyte 8 1 5000
cut t10k-images-idx3-ubyte 16 784 1000
cut t10k-labels-idx1-ubyte 8 1 1000
