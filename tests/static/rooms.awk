# rooms.awk -- which folder uses which, and whether files call each other in a circle.
#
#   awk -f rooms.awk rooms.txt EDGES
#
# EDGES has a line "FROM TO WHAT" for each file that uses another: by #include, by a symbol, by its name. Prints "ok" or
# "not ok" for each folder, exception and circle.

FILENAME == ARGV[1] && /^#|^$/ { next }
FILENAME == ARGV[1] && $1 == "except" { except[$2, $3] = 1; excepted[++exceptions] = $2 " " $3; next }
FILENAME == ARGV[1] {
    sub(/:$/, "", $1)
    rooms[++room_count] = $1
    for (i = 2; i <= NF && $i != "--"; i++)
        allowed[$1, $i] = 1
    if ($i != "--" || i == NF)
        bad($1 ": no reason stands behind --")
    next
}
!(($1, $2) in uses) && $1 != $2 {
    uses[$1, $2] = $3
    from[++edges] = $1; to[edges] = $2
    for (i = 1; i <= 2; i++)
        if (!($i in known)) {
            known[$i] = 1
            files[++file_count] = $i
        }
}

function bad(text) { print "not ok " text; failed = 1 }

function folder(file) { sub(/\/[^\/]*$/, "", file); return file }

function may(room, other) { return room == other || (room, other) in allowed }

# What those may use that it uses: one round for each folder is enough.
function close_rooms(k, i, j) {
    for (k = 1; k <= room_count; k++)
        for (i = 1; i <= room_count; i++)
            for (j = 1; j <= room_count; j++)
                if ((rooms[i], rooms[k]) in allowed && (rooms[k], rooms[j]) in allowed)
                    allowed[rooms[i], rooms[j]] = 1
    for (i = 1; i <= room_count; i++)
        if ((rooms[i], rooms[i]) in allowed)
            bad(rooms[i] " may use itself, by others")
}

# The shortest way from one file to another, by those that reach it: "" where there is none.
function way(start, goal, all, queue, head, tail, before, i, file, text) {
    queue[tail = 1] = start
    before[start] = ""
    for (head = 1; head <= tail; head++) {
        file = queue[head]
        for (i = 1; i <= next_count[file]; i++) {
            if (!all && ((file, nexts[file, i]) in except))
                continue
            if (nexts[file, i] == goal) {
                for (text = goal; file != ""; file = before[file])
                    text = file " -> " text
                return text
            }
            if (!(nexts[file, i] in before)) {
                before[nexts[file, i]] = file
                queue[++tail] = nexts[file, i]
            }
        }
    }
    return ""
}

function check_rooms(i, a, b, broken) {
    for (i = 1; i <= edges; i++) {
        a = folder(from[i]); b = folder(to[i])
        if (may(a, b) || (from[i], to[i]) in except)
            continue
        bad(from[i] " uses " uses[from[i], to[i]] " of " to[i] ": " a " may not use " b)
        broken[a] = 1
    }
    for (i = 1; i <= room_count; i++)
        if (!(rooms[i] in broken))
            print "ok " rooms[i] " uses what it may"
}

# Each file is named in one circle at most.
function check_circles(i, j, text, parts, count, seen) {
    for (i = 1; i <= file_count; i++) {
        if (files[i] in seen || (text = way(files[i], files[i], 0)) == "")
            continue
        count = split(text, parts, " -> ")
        for (j = 1; j < count; j++) {
            seen[parts[j]] = 1
            text = text "\n    " parts[j] " uses " uses[parts[j], parts[j + 1]]
        }
        bad("a circle: " text)
    }
    if (!failed)
        print "ok no circle among " file_count " files"
}

# An exception that nothing needs any longer goes.
function check_exceptions(i, parts) {
    for (i = 1; i <= exceptions; i++) {
        split(excepted[i], parts, " ")
        if (!((parts[1], parts[2]) in uses))
            bad("except " excepted[i] ": one does not use the other")
        else if (may(folder(parts[1]), folder(parts[2])) && way(parts[2], parts[1], 1) == "")
            bad("except " excepted[i] ": it breaks no rule")
    }
}

END {
    for (i = 1; i <= edges; i++)
        nexts[from[i], ++next_count[from[i]]] = to[i]
    close_rooms()
    check_rooms()
    check_circles()
    check_exceptions()
    exit failed
}
