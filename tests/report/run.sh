#!/bin/sh
# What a report shows, in headless Chromium: the lesson's, one of 100 epochs, 1,000 classes and 512 channels that nothing validated,
# and one of two pictures a sample.
# Environment: see tests/check.sh.
set -u
cd "$SCRATCH" || exit 1
for tool in node chromium; do
    command -v $tool >/dev/null || { echo "# there is no $tool: left out" && exit 0; }
done
LIBRARIES='-lz -lpng -ljpeg -lm'
[ -z "$SANITIZE" ] || LIBRARIES="$LIBRARIES -fsanitize=$SANITIZE"

built() { # NAME SCRIPT
    "$CNNC" "$2" --target generic -o "$1.c" &&
        sh "$TOP/tests/cc.sh" $CC -std=c11 -O1 -I"$CNNRT" "$1.c" "$CNNRT_LIB" $LIBRARIES -o "$1" && return
    echo "not ok $1 is built" && exit 1
}
built lesson "$TOP/examples/mnist.lua"
built wide "$TOP/tests/report/wide.lua"
built pair "$TOP/tests/report/pair.lua"
sh "$TOP/examples/make.sh" pairs pairs || exit 1
awk 'BEGIN { srand(1); for (i = 0; i < 64; i++) { line = i * 15; for (j = 0; j < 16; j++) line = line "," rand(); print line } }' >wide.csv

./lesson train --data "$TOP/examples/data" --epochs 3 --seed 1 --save lesson.safetensors --report lesson.html >lesson.said &&
    ./lesson evaluate --data "$TOP/examples/data" --weights lesson.safetensors --report evaluated.html >>lesson.said &&
    ./lesson predict --weights lesson.safetensors --count 1000 --output scores.csv "$TOP/examples/data/t10k-images-idx3-ubyte.gz" >>lesson.said &&
    ./wide train --data wide.csv --label 1 --report wide.html >wide.said &&
    ./pair train --data pairs --report pair.html >pair.said ||
    { cat ./*.said && echo "not ok reports are written" && exit 1; }
# As it would be if the training went on, or had died.
sed 's/"state":"ended"/"state":"runs"/' lesson.html >runs.html
sed 's/"written":[0-9]*/"written":1000000000/' runs.html >died.html
# As it would be of a folder that somebody called so.
sed 's/"classes":\[\]/"classes":["\\u003cimg src=x onerror=window.hurt=1\\u003e"]/' lesson.html >named.html
exec node "$TOP/tests/report/test.mjs" "$SCRATCH"
