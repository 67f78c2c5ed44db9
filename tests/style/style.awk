# style.awk -- reads C that cnnc wrote; prints and fails for each line that a person would not have written: a loop whose
# bounds are known and give it at most one round, terms and factors that change nothing, lines beyond 116 columns, a second
# empty line, the offset of a tensor in place of its name (a kernel whose array is called `saved` may read within it).
function wrong(what) {
    print FILENAME ":" FNR ": " what ": " $0
    failed = 1
}
function number(text,    factor) { # 12, VL8 or 16 * VL; "" if it is none
    gsub(/VL[0-9]*/, lanes, text)
    if (text ~ /^[0-9]+ \* [0-9]+$/ && split(text, factor, / \* /))
        return factor[1] * factor[2]
    if (text ~ /^-?[0-9]+$/)
        return text + 0
    return ""
}
function rounds(head,    part, from, to, by) { # "int i = 0; i < 8; i += 2"; "" if they are not known
    split(head, part, "; ")
    from = part[1]
    to = part[2]
    by = part[3]
    sub(/,.*/, "", by)
    sub(/^.* = /, "", from)
    by = sub(/^.* \+= /, "", by) ? by : by ~ /\+\+$/ ? "1" : ""
    if (split(to, side, " < ") != 2)
        return ""
    from = number(from)
    to = number(side[2])
    by = number(by)
    return from == "" || to == "" || by == "" ? "" : (to - from) / by
}
# One of a model's, a layer's and a parameter's name may not fit, wherever the line is broken.
function has_long_name(    words, i) {
    split($0, words, /[^[:alnum:]_]+/)
    for (i in words)
        if (length(words[i]) > 100) return 1
    return 0
}
FNR == 1 { last = "first" }
length > 116 && !has_long_name() { wrong("too long") }
/^$/ && last == "" { wrong("a second empty line") }
/(^|[^[:alnum:]_])(ws|prepared|parameters|saved|partial|combined|state) \+ [0-9]+[,)]/ && !/ \*const |vload|vstore/ { wrong("an offset") }
{ last = $0 }
/^ *(\/\*|\*|#)/ {
    if (/^#define VL[0-9]* /)
        lanes = $3
    next
}
{ gsub(/\/\*.*\*\//, "") }
/^ *for \(/ {
    head = $0
    sub(/^ *for \(/, "", head)
    sub(/\).*/, "", head)
    count = rounds(head)
    if (count != "" && count <= 1)
        wrong("a loop of one round")
}
/[*\/%] 1([^[:alnum:]_.]|$)/ { wrong("a factor of one") }
/(^|[^[:alnum:]_.])1 \* / { wrong("a factor of one") }
/(^|[^[:alnum:]_.])0 [*\/%] / || /\* 0([^[:alnum:]_.]|$)/ { wrong("a factor of zero") }
/[-+] 0([^[:alnum:]_.]|$)/ || /(^|[^[:alnum:]_.])0 \+ / { wrong("a term of zero") }
END { exit failed }
