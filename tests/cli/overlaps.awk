# Reads a page of `cnnc summary --html`: prints for each of its memory maps how many bytes its blocks reach to, and "overlap" for
# each two that meet in place and time.
function field(name,   text) {
    if (!match($0, "data-" name "=\"[^\"]*\"")) return ""
    text = substr($0, RSTART, RLENGTH)
    gsub(/^[^"]*"|"$/, "", text)
    return text
}
/data-map=/ {
    map = field("map"); n = ++count[map]
    offset[map, n] = field("offset") + 0; end[map, n] = offset[map, n] + field("bytes")
    first[map, n] = field("first") + 0; last[map, n] = field("last") + 0
    for (i = 1; i < n; i++)
        if (first[map, i] <= last[map, n] && first[map, n] <= last[map, i] &&
            offset[map, i] < end[map, n] && offset[map, n] < end[map, i]) print "overlap in " map
    if (end[map, n] > reach[map]) reach[map] = end[map, n]
}
END { for (map in reach) print map, reach[map] }
