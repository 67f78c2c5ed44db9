# manual.awk -- makes a manual page of its source. A line "@help KIND" stands for what `cnnc help --mdoc KIND` prints,
# "@program" for what the tool `manual` prints of a network's program. Lines of text are filled to at most 80 columns.
# Variables: cnnc, program: the two commands.

function put_text(line,    words, n, i, filled) {
    n = split(line, words, / +/)
    filled = words[1]
    for (i = 2; i <= n; i++) {
        if (length(filled) + 1 + length(words[i]) <= 80) {
            filled = filled " " words[i]
        } else {
            print filled
            filled = words[i]
            sub(/^[.']/, "\\\\&&", filled)
        }
    }
    print filled
}

function put(line) {
    if (line ~ /^\.Bd -literal/)
        literal = 1
    if (line ~ /^\.Ed/)
        literal = 0
    if (literal || line ~ /^\./)
        print line
    else
        put_text(line)
}

function run(command,    line) {
    while ((command | getline line) > 0)
        put(line)
    if (close(command))
        exit 1
}

/^@help / { run(cnnc $2); next }
/^@program$/ { run(program); next }
{ put($0) }
