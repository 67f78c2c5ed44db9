# lua.awk -- how Lua looks here, in scripts and behind the $ of templates: what luacheck does not say. Blanks, never tabs,
# indented by two unless a line goes on with the one before; strings in double quotes, unless they hold some; a statement a line.
#
#   awk -f lua.awk FILE...        prints "not ok FILE:LINE: WHAT"

function bad(what) { print "not ok " FILENAME ":" FNR ": " what; failed = 1 }

# Only the code: strings are emptied, comments cut off. Sets `single` where a string without need has single quotes.
function code(text, out, c, quote, i, start) {
    single = 0
    for (i = 1; i <= length(text); i++) {
        c = substr(text, i, 1)
        if (c == "-" && substr(text, i, 2) == "--")
            break
        out = out c
        if (c != "\"" && c != "'")
            continue
        for (start = i++; i <= length(text) && (quote = substr(text, i, 1)) != c; i++)
            if (quote == "\\")
                i++
        if (c == "'" && index(substr(text, start, i - start), "\"") == 0)
            single = 1
        out = out c
    }
    return out
}

FNR == 1 { template = FILENAME ~ /\.in$/; long = 0; before = "" }
/\t/ { bad("a tab") }
/[ \t]$/ { bad("blanks at the end") }
template && !/^ *\$([^{]|$)/ { next }
template { sub(/\$/, " ") }
# Long strings and comments hold what they like.
long { long = !/\]\]/; next }
/\[\[/ && !/\]\]/ { long = 1; next }
/^ *--/ || /^ *$/ { next }
{
    text = code($0)
    if (single)
        bad("single quotes around a string without double ones")
    if (text ~ /; *$/)
        bad("a semicolon at the end")
    if (text ~ /[^ ].*[^a-z_.](local|return) / && text !~ /(then|else|do|function *[A-Za-z0-9_.:]* *\([^)]*\)) +(local|return) .*/)
        bad("two statements in a line")
    match(text, /^ */)
    goes_on = before ~ /[,({=+*\/%&|]$|\.\.$|[^a-z_](and|or|not)$|[-<>~]$/ || text ~ /^ *([.+*\/%:)}]|and |or )/
    if (!template && RLENGTH % 2 && !goes_on)
        bad("indented by an odd number of blanks")
    before = text
    sub(/ +$/, "", before)
}
END { exit failed }
