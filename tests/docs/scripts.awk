# scripts.awk -- the Lua of a document, a file PREFIX-N.lua each: of Markdown what stands in ```lua, of a manual page's source
# the literal displays outside of EXAMPLES. Variable: prefix.

function begin() {
    file = prefix "-" ++n ".lua"
    printf "" > file
}

/^\.Sh / { examples = $2 == "EXAMPLES" }
/^```$/ || /^\.Ed/ { file = "" }
file { print > file }
/^```lua/ { begin() }
!examples && /^\.Bd -literal/ { begin() }
