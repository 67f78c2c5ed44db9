# stack.awk -- reads what gcc -fcallgraph-info=su,da wrote of a file; prints for each function that nobody in it calls the
# most stack that it and what it calls take, "NAME BYTES". Fails where a function calls itself over others, takes stack that
# depends on data, calls through a pointer, or calls anything outside that is not in `allowed`.
function text(key) { # the value of KEY: "..."
    return match($0, key ": \"[^\"]*\"") ? substr($0, RSTART + length(key) + 3, RLENGTH - length(key) - 4) : ""
}
function wrong(what) {
    print "# " what
    failed = 1
}
/^node:/ {
    name = text("title")
    if (match($0, /[0-9]+ bytes \([a-z,]*\)/)) {
        split(substr($0, RSTART, RLENGTH), part, " ")
        bytes[name] = part[1]
        if (part[3] == "(dynamic)" || $0 !~ /\\n0 dynamic objects/)
            wrong(name " takes stack that depends on data")
    } else if (index(allowed, " " name " ") == 0)
        wrong("calls " name)
}
/^edge:/ {
    from = text("sourcename")
    to = text("targetname")
    called[to] = 1
    callees[from] = callees[from] "\n" to
    if (to == "__indirect_call")
        wrong(from " calls through a pointer")
}
function worst(name,    list, count, i, most, here) {
    if (name in known)
        return known[name]
    if (name in open) {
        wrong(name " calls itself")
        return 0
    }
    open[name] = 1
    count = split(callees[name], list, "\n")
    for (i = 1; i <= count; i++) {
        here = list[i] == "" ? 0 : worst(list[i])
        most = here > most ? here : most
    }
    delete open[name]
    return known[name] = bytes[name] + most
}
END {
    for (name in bytes)
        if (worst(name) > 0 && !(name in called))
            print name, worst(name)
    exit failed
}
