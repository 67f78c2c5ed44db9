# functions.awk -- of a generated file, the functions with these names, each with the comment above it.
#
#   awk -v names="conv2d_one conv2d_block" -f functions.awk net.c
BEGIN {
    count = split(names, list, " ")
    for (i = 1; i <= count; i++)
        missing[list[i]] = 1
}
inside { print; inside = !/^}/; next }
/^$/ { above = ""; next }
/^\/\*|^ \*/ { above = above $0 "\n"; next }
/^[A-Za-z].*\(/ && !/;$/ {
    name = $0
    sub(/\(.*/, "", name)
    sub(/.*[ *]/, "", name)
    if (name in missing) {
        delete missing[name]
        printf "%s%s%s\n", printed ? "\n" : "", above, $0
        printed = 1
        inside = !/}$/
    }
}
{ above = "" }
END {
    for (i = 1; i <= count; i++)
        if (list[i] in missing)
            print "no function " list[i]
}
