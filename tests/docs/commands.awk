# commands.awk -- the commands of a document, one a line: of Markdown those behind "    $ ", of a manual page's source those of
# the section EXAMPLES. A line that ends in a backslash goes on in the next.

function command(line) {
    gsub(/\\&/, "", line)
    gsub(/\\e/, "\\", line)
    print line
}

/^\.Sh / { examples = $2 == "EXAMPLES" }
/^\.Ed/ { literal = 0 }
literal { command($0) }
examples && /^\.Bd -literal/ { literal = 1 }
/^    \$ / { command(substr($0, 7)) }
