# page.awk -- the page of a report as C: its lines in front of the data, and those behind. Files that page.html names between two
# @ stand in their places.
#
#   awk -v folder=runtime/report -f page.awk runtime/report/page.html

function put(line) {
    gsub(/["\\?]/, "\\\\&", line) # two question marks begin a trigraph
    printf "    \"%s\\n\",\n", line
}

function put_file(path,    line, status) {
    while ((status = (getline line < path)) > 0) put(line)
    if (status < 0) { print "page.awk: cannot read " path > "/dev/stderr"; exit 1 }
    close(path)
}

BEGIN {
    print "/* page.c -- made of runtime/report/page.html by page.awk. */"
    print "#include \"report/report.h\"\n"
    print "const char *const cnn_page_head[] = {"
}
/^@data@$/ { print "    NULL};\n"; print "const char *const cnn_page_tail[] = {"; next }
/^@.*@$/ { put_file(folder "/" substr($0, 2, length($0) - 2)); next }
{ put($0) }
END { print "    NULL};" }
