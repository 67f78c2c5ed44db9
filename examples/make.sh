#!/bin/sh
# Usage: make.sh KIND PATH [COUNT] -- makes data for an example, the same whenever it is run: a table (sine, sensors, keywords,
# text, stream), a folder of pictures (shapes, masks) or of arrays (helpdesk, pairs). They are toys: real data take their place
# under the same form.
set -eu

[ $# -ge 2 ] || { echo "usage: make.sh sine|sensors|keywords|text|stream|shapes|masks|helpdesk|pairs PATH [COUNT]" >&2; exit 2; }
kind=$1 path=$2 count=${3:-600}

# Numbers between 0 and 1 that are the same for every awk: a linear congruence.
random='
function random() { seed = (seed * 1103 + 12345) % 1048576; return seed / 1048576 }
function noise(size) { return size * (random() + random() - 1) }
BEGIN { seed = 1; PI = atan2(0, -1) }'

table() { # PROGRAM: prints `count` rows
    awk -v count="$count" "$random $1" </dev/null >"$path"
}

pictures() { # PROGRAM: defines draw(i), which prints the names of pictures and their pixels
    awk -v count="$count" -v folder="$path" "$random $1
        BEGIN { for (i = 0; i < count; i++) draw(i) }" </dev/null
}

# Bytes as IDX files; C's locale has awk print bytes.
arrays() { # PROGRAM: begins files with open(name, rank, second, third), then puts bytes
    mkdir -p "$path"
    LC_ALL=C awk -v count="$count" -v folder="$path" "$random
        function put(name, byte) { printf \"%c\", byte >(folder \"/\" name \".idx\") }
        function dim(name, size) { put(name, 0); put(name, 0); put(name, int(size / 256)); put(name, size % 256) }
        function open(name, rank, second, third) {
            put(name, 0); put(name, 0); put(name, 8); put(name, rank); dim(name, count)
            if (rank > 1) dim(name, second)
            if (rank > 2) dim(name, third)
        }
        $1" </dev/null
}

case $kind in
    sine) table 'BEGIN {
        print "x,y"
        for (i = 0; i < count; i++) { x = 2 * PI * random(); printf "%.4f,%.4f\n", x, sin(x) + noise(0.1) } }' ;;
    sensors) table 'BEGIN {
        split("rest walk shake", words)
        for (i = 0; i < count; i++) {
            kind = i % 3; phase = 2 * PI * random()
            for (t = 0; t < 64; t++)
                for (axis = 0; axis < 3; axis++)
                    printf "%.3f,", kind * sin(phase + axis + t * (0.2 + 0.4 * kind)) + (axis == 2) + noise(0.3)
            print words[kind + 1] } }' ;;
    keywords) table 'BEGIN {
        split("down go left no off on right stop up yes silence unknown", words)
        for (i = 0; i < count; i++) {
            word = i % 12
            for (frame = 0; frame < 49; frame++)
                for (c = 0; c < 10; c++)
                    printf "%.2f,", 3 * sin(frame * (word + 1) / 12 + c * (word % 4)) + noise(1)
            print words[word + 1] } }' ;;
    text) table 'BEGIN { # words 1 to 99 are said by those who like it, 100 to 199 by others
        for (t = 0; t < 40; t++) printf "word%d,", t
        print "label"
        for (i = 0; i < count; i++) {
            good = i % 2; words = 10 + int(30 * random())
            for (t = 0; t < 40; t++) {
                other = random() < 0.3
                printf "%d,", t < words ? 1 + int(99 * random()) + (good == other ? 100 : 0) : 0
            }
            print good } }' ;;
    stream) table 'BEGIN {
        for (t = 0; t < 32; t++) printf "x%d,", t
        printf "y"
        for (t = 1; t < 32; t++) printf ",y%d", t
        print ""
        for (i = 0; i < count; i++) {
            phase = 2 * PI * random()
            for (t = 0; t < 64; t++) {
                at = t < 32 ? t : t - 31
                printf "%.4f%s", sin(phase + 0.3 * at), t < 63 ? "," : "\n" } } }' ;;
    shapes)
        mkdir -p "$path/disc" "$path/square"
        pictures 'function draw(i,   x, y, r, cx, cy, on) {
            file = folder "/" (i % 2 ? "disc" : "square") "/" i ".ppm"
            cx = 10 + 12 * random(); cy = 10 + 12 * random(); r = 5 + 4 * random()
            print "P3 32 32 255" >file
            for (y = 0; y < 32; y++)
                for (x = 0; x < 32; x++) {
                    on = i % 2 ? (x - cx) * (x - cx) + (y - cy) * (y - cy) < r * r : x > cx - r && x < cx + r && y > cy - r && y < cy + r
                    print int(60 * random()) + 180 * on, int(60 * random()) + 120 * on, int(60 * random()) >file
                }
            close(file) }' ;;
    masks)
        mkdir -p "$path/images" "$path/masks"
        pictures 'function draw(i,   x, y, r, cx, cy, on) {
            picture = folder "/images/" i ".pgm"; mask = folder "/masks/" i ".pgm"
            cx = 12 + 40 * random(); cy = 12 + 40 * random(); r = 6 + 6 * random()
            print "P2 64 64 255" >picture
            print "P2 64 64 255" >mask
            for (y = 0; y < 64; y++)
                for (x = 0; x < 64; x++) {
                    on = (x - cx) * (x - cx) + (y - cy) * (y - cy) < r * r
                    print int(100 * random()) + 90 * on >picture
                    print 255 * on >mask
                }
            close(picture); close(mask) }' ;;
    helpdesk) arrays '
        BEGIN { # each department has 14 words and 3 marks of its own, the others are for all; words 57 to 62 are in a hurry
            open("x_train_title", 2, 12); open("x_train_marks", 2, 4); open("y_train_department", 1); open("y_train_urgent", 1)
            for (i = 0; i < count; i++) {
                kind = int(4 * random()); urgent = random() < 0.25; words = 5 + int(8 * random())
                for (t = 0; t < 12; t++) {
                    word = random() < 0.5 ? 1 + 14 * kind + int(14 * random()) : 1 + int(56 * random())
                    put("x_train_title", t >= words ? 0 : urgent && random() < 0.4 ? 57 + int(6 * random()) : word)
                }
                for (t = 0; t < 4; t++)
                    put("x_train_marks", random() < 0.5 ? 1 + 3 * kind + int(3 * random()) : 13 + int(3 * random()))
                put("y_train_department", kind); put("y_train_urgent", urgent)
            } }' ;;
    pairs) arrays '
        function draw(name, kind,   x, y, r, cx, cy, on) {
            cx = 6 + 4 * random(); cy = 6 + 4 * random(); r = 3 + 2 * random()
            for (y = 0; y < 16; y++)
                for (x = 0; x < 16; x++) {
                    on = kind == 0 ? (x - cx) * (x - cx) + (y - cy) * (y - cy) < r * r : kind == 1 ? x > cx - r && x < cx + r \
                        : y > cy - r && y < cy + r
                    put(name, int(60 * random()) + 180 * on)
                }
        }
        BEGIN { # a disc, or a bar that stands or lies
            open("x_train_left", 3, 16, 16); open("x_train_right", 3, 16, 16); open("y_train", 1)
            for (i = 0; i < count; i++) {
                kind = int(3 * random()); other = random() < 0.5 ? kind : (kind + 1 + int(2 * random())) % 3
                draw("x_train_left", kind); draw("x_train_right", other); put("y_train", kind == other)
            } }' ;;
    *) echo "make.sh: there are no data of the kind '$kind'" >&2; exit 2 ;;
esac
