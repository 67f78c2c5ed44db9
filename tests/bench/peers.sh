#!/bin/sh
# Usage: peers.sh FOLDER -- puts ONNX Runtime, as npm has it, in FOLDER/node_modules.
set -eu

[ $# = 1 ] || { echo "usage: peers.sh FOLDER" >&2; exit 2; }
mkdir -p "$1"
[ -d "$1/node_modules/onnxruntime-node" ] && exit 0
# The package's own script would download what only other processors need.
npm install --prefix "$1" --ignore-scripts --no-audit --no-fund --loglevel=error onnxruntime-node@1.30.0 >/dev/null
