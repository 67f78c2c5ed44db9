/* fuzz.c -- see fuzz.h. */
#include "fuzz.h"

#include <stdlib.h>

void fuzz_assert(int ok)
{
    if (!ok)
        abort();
}

/* What costs time and finds nothing here. Two frames of every allocation must be kept: with fewer, LeakSanitizer takes
 * no block for lost. The whole stack is told when a finding is repeated. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
    return "malloc_context_size=2:quarantine_size_mb=1:thread_local_quarantine_size_kb=128:max_malloc_fill_size=64:"
           "detect_stack_use_after_return=0";
}
