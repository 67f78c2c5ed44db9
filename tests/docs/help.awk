# help.awk -- reads names, a line each, and, with RS= in front, what `cnnc help -- NAME...` says of them: says of which every
# argument has its text and which have an example. An entry begins at the margin, and its example is the paragraph that begins
# with four blanks; rows are two blanks, the argument, its text and (type), and the second line is the first of them.
#
# Writes the examples, examples/NAME-N.lua, and lots: lot-N.lua is a script that returns the models of several, which lot-N
# names. Those are alone that return several models, could see each other's globals, or name layers.

function is_alone(text) {
    return text ~ /(^|\n)(return \{|[a-z_]* *=|function [A-Za-z_]*\()|include_top|get_layer/
}

function add(text, name, lot) {
    gsub(/[^A-Za-z0-9_]/, "_", name)
    name = name "-" ++n
    print text > ("examples/" name ".lua")
    close("examples/" name ".lua")
    if (!is_alone(text)) {
        lot = "lot-" int(together / 16)
        together++
        if (together % 16 == 1)
            print "local models = {}" > (lot ".lua")
        print "models.m" n " = (function()\n" text "\nend)()" > (lot ".lua")
        if (together % 16 == 0) {
            print "return models" > (lot ".lua")
            close(lot ".lua")
        }
    } else {
        lot = "lot-" name
        print text > (lot ".lua")
        close(lot ".lua")
    }
    print name > lot
}

FNR == NR {
    names[$1]
    next
}

/^[^ ]/ {
    name = $0
    sub(/ \(.*/, "", name)
    told[name]
    if (!/^[^\n]*\n  [^ ]/)
        bad[name]
}
/(^|\n)  [^ ][^\n]*   *\(/ { bad[name] }
/^    [^ ]/ {
    shown[name]
    gsub(/(^|\n)    /, "\n")
    add($0, name)
}

END {
    if (together % 16)
        print "return models" > ("lot-" int(together / 16) ".lua")
    for (name in names) {
        print (name in told && !(name in bad) ? "ok" : "not ok") " help " name ": every argument has its text"
        print (name in shown ? "ok" : "not ok") " help " name " has an example"
    }
}
