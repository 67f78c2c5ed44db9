# vectors.awk -- the definitions of intrinsics that are needed, out of what gcc reads for vectors.h: see vectors.sh.
#
# usage: awk -f vectors.awk NAMES PREPROCESSED
#   NAMES: those that templates name, one a line; PREPROCESSED: what gcc -E -dD -P makes of vectors.h
#
# A definition is a function or a macro, and needs what it names itself. Types of vectors are kept, as are pragmas, which say
# for which processors the functions between them are.

NR == FNR { needed[$1] = 1; next }

function define(name) {
    names[count] = name
    by_name[name] = by_name[name] " " count
}

# A function begins with its storage class, has its name in front of a bracket, and ends with a brace in the first column.
in_function {
    text[count] = text[count] "\n" $0
    if (!(count in names) && match($0, /^(_+[a-zA-Z0-9_]+ )*_+mm?[a-z0-9_]* ?\(/)) {
        name = substr($0, 1, RLENGTH - 1)
        sub(/ $/, "", name)
        sub(/.* /, "", name)
        define(name)
    }
    in_function = $0 !~ /^}/
    next
}
/^extern __inline/ { text[++count] = $0; in_function = 1; next }
/^#define _(mm|MM_|CMP_)[a-zA-Z0-9_]*[( ]/ {
    text[++count] = $0
    name = $2
    sub(/\(.*/, "", name)
    define(name)
}
/^#pragma GCC/ { text[++count] = $0; kept[count] = 1 }
/^typedef [a-z ]+ __[mv][a-z0-9_]*/ {
    text[++count] = $0
    kept[count] = 1
    while ($0 !~ /;$/ && getline > 0)
        text[count] = text[count] "\n" $0
}

function keep(name,   list, words, i, j, n, m) {
    if (name in seen)
        return
    seen[name] = 1
    n = split(by_name[name], list, " ")
    for (i = 1; i <= n; i++) {
        kept[list[i]] = 1
        m = split(text[list[i]], words, /[^A-Za-z0-9_]+/)
        for (j = 1; j <= m; j++)
            keep(words[j])
    }
}

END {
    for (name in needed)
        keep(name)
    for (i = 1; i <= count; i++)
        if (i in kept)
            print text[i]
}
