#!/bin/sh
# Usage: pictures.sh PAGE.html FOLDER -- `make pictures`: those of the README, taken by Chromium of what these commands make.
# Environment: see TEST_ENVIRONMENT in the Makefile.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
page=$(cd "$(dirname "$1")" && pwd)/$(basename "$1") folder=$(cd "$2" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$here/../.."
"$CNNC" graph examples/tickets.lua --rankdir LR -o "$folder/graph.svg"
"$CNNC" run examples/mnist.lua -- train --data examples/data --seed 1 --report "$work/report.html"
node "$here/pictures.mjs" "$work/report.html" "$page" "$folder"
