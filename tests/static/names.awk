# names.awk -- files that those of compiler, runtime and templates speak of in their comments are there, and what clang-format
# leaves alone, comments and strings, is no wider than 132 columns.
#
# The first line of one in compiler and runtime is "NAME -- what it is for" (in Lua also "NAME: ..."), with its own name; one
# elsewhere that begins so names its file, too, if no path. Of a template the first line says what is printed, so a name is not
# asked for.
#
# Usage: awk -f names.awk FILES FILE...: FILES has a line for each file that there is.
BEGIN {
    name = "[A-Za-z0-9_/.-]*[A-Za-z0-9_]\\.(c|h|lua|def|awk|sh|py)(\\.in)?"
    # Of users, of the C library, of the build, of Keras; and `at.c`, a field.
    split("net.c net.h nnet.c some/net.c some/mnist.lua a/b.lua immintrin.h embedded.c regularizers.py numerical_utils.py at.c", word, " ")
    for (i in word) there[base(word[i])] = 1
}

function base(path) {
    sub(/.*\//, "", path)
    return path
}

NR == FNR {
    there[base($0)] = 1
    next
}

FNR == 1 {
    said = $0
    named = sub(/^(\/\*|--|#|\$ --) /, "", said) && match(said, "^" name "(:| --) ")
    sub(/(:| --) .*/, "", said)
    asked = FILENAME ~ /^(compiler|runtime)\/.*\.(c|h|lua)$/
    if (asked || (named && said !~ /\//)) {
        if (!named || base(said) != base(FILENAME)) print "not ok " FILENAME ":1: does not begin with " base(FILENAME)
    }
}

FILENAME ~ /^(compiler|runtime).*\.(c|h|def)$/ && length($0) > 132 {
    print "not ok " FILENAME ":" FNR ": " length($0) " columns, of at most 132"
}

FILENAME !~ /^tests/ && /\/\*|^ \*|-- |^#/ && !/^# *(include|!)/ {
    for (text = $0 " "; match(text, name "[^A-Za-z0-9_.(]"); text = substr(text, RSTART + RLENGTH)) {
        found = base(substr(text, RSTART, RLENGTH - 1))
        if (!(found in there) && found !~ /^[A-Z]+\./) print "not ok " FILENAME ":" FNR ": there is no " found
    }
}
