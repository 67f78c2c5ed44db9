/* Tests of compiler/command/stack.c. */
#include "command/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Reads a file of that text; -1 after an error, whose message is put into `message`. */
static int64_t read_text(const char *text, char message[256])
{
    char path[] = "/tmp/cnnc-test-stack-XXXXXX";
    struct arena arena = {0};
    struct diag diag = {.arena = &arena};
    int64_t bytes = -1;
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0 && write(descriptor, text, strlen(text)) == (ssize_t)strlen(text));
    close(descriptor);
    if (setjmp(arena.out_of_memory))
        fail();
    if (!stack_read(&diag, path, &bytes))
        bytes = -1;
    snprintf(message, 256, "%s", diag.message ? diag.message : "");
    unlink(path);
    arena_free(&arena);
    return bytes;
}

#define NODE(NAME, BYTES)                                                                                          \
    "node: { title: \"" NAME "\" label: \"" NAME "\\nnet.c:3:5\\n" #BYTES " bytes (static)\" }\n"
#define EDGE(FROM, TO) "edge: { sourcename: \"" FROM "\" targetname: \"" TO "\" label: \"net.c:9:5\" }\n"

static void longest_path(void **state)
{
    (void)state;
    char message[256];
    const char *graph =
        "graph: { title: \"net.c\"\n" EDGE("predict", "one") EDGE("one", "small") EDGE("one", "large")
            EDGE("one", "expf") NODE("predict", 8) NODE("one", 100) NODE("small", 16) NODE("large", 2000)
                NODE("alone", 1999) "node: { title: \"expf\" label: \"expf\\n<built-in>\" shape : ellipse }\n}\n";
    assert_int_equal(read_text(graph, message), 2108);
    assert_int_equal(read_text(NODE("alone", 24), message), 24);
    assert_int_equal(read_text("", message), 0);
}

static void many_functions(void **state)
{
    (void)state;
    char message[256], graph[20000] = "";
    size_t length = 0;
    for (int i = 0; i < 100; i++)
        length += (size_t)snprintf(graph + length, sizeof graph - length, EDGE("f%d", "f%d") NODE("f%d", 2), i,
                                   i + 1, i, i);
    assert_int_equal(read_text(graph, message), 200);
}

static void recursion(void **state)
{
    (void)state;
    char message[256];
    assert_int_equal(read_text(NODE("a", 8) NODE("b", 8) EDGE("a", "b") EDGE("b", "a"), message), -1);
    assert_non_null(strstr(message, "calls itself"));
}

static void absent(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct diag diag = {.arena = &arena};
    int64_t bytes;
    if (setjmp(arena.out_of_memory))
        fail();
    assert_false(stack_read(&diag, "/nonexistent/net.ci", &bytes));
    assert_non_null(strstr(diag.message, "/nonexistent/net.ci"));
    arena_free(&arena);
}

static void too_long(void **state)
{
    (void)state;
    static char graph[6000];
    char message[256];
    memset(graph, 'x', sizeof graph - 1);
    assert_int_equal(read_text(graph, message), -1);
    assert_non_null(strstr(message, "has a line that is too long"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(longest_path), cmocka_unit_test(many_functions), cmocka_unit_test(recursion),
        cmocka_unit_test(absent),       cmocka_unit_test(too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
