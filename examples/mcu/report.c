/* report.c -- what the programs say, and what they measure. */
#include "report.h"

enum { PAINT = 0xa5 };

int index_of_largest(const float *values, int count)
{
    int largest = 0;
    for (int i = 1; i < count; i++)
        if (values[i] > values[largest])
            largest = i;
    return largest;
}

/* From the last digit to the first. */
void print_number(uint32_t number)
{
    char text[16], *at = text + sizeof text - 1;
    *at = 0;
    for (int digits = 0; digits == 0 || number > 0; digits++, number /= 10) {
        if (digits > 0 && digits % 3 == 0)
            *--at = ',';
        *--at = (char)('0' + number % 10);
    }
    board_print(at);
}

void print_percent(float probability)
{
    uint32_t tenths = (uint32_t)(1000 * probability + 0.5f);
    char decimal[] = {'.', (char)('0' + tenths % 10), ' ', '%', 0};
    print_number(tenths / 10);
    board_print(decimal);
}

void print_score(const char *when, uint32_t right, uint32_t of)
{
    board_print(when);
    board_print(": ");
    print_number(right);
    board_print(" of ");
    print_number(of);
    board_print(" right\n");
}

/* All but what this function may have itself. */
static __attribute__((noinline)) void paint(void)
{
    for (volatile unsigned char *at = board_stack_end(), *end = board_stack_now() - 32; at < end; at++)
        *at = PAINT;
}

/* Down to where the paint has gone. */
static __attribute__((noinline)) unsigned char *deepest(void)
{
    unsigned char *at = board_stack_end();
    while (*(volatile unsigned char *)at == PAINT)
        at++;
    return at;
}

struct cost measure(void (*work)(void *), void *argument)
{
    paint();
    uint64_t before = board_count();
    work(argument);
    uint64_t after = board_count();
    return (struct cost){.count = (uint32_t)(after - before), .stack = (uint32_t)(board_stack_now() - deepest())};
}

void keep_most(struct cost *most, struct cost cost)
{
    if (cost.count > most->count)
        most->count = cost.count;
    if (cost.stack > most->stack)
        most->stack = cost.stack;
}

void report_cost(const char *name, struct cost cost)
{
    board_print(name);
    board_print(": ");
    print_number(cost.count);
#if defined(__AVR__)
    board_print(" cycles, ");
#else
    board_print(" instructions, ");
#endif
    print_number(cost.stack);
    board_print(" bytes of stack\n");
}

void report_ram(uint32_t stack)
{
    board_print("RAM: ");
    print_number(board_ram() + stack);
    board_print(" bytes\n");
}
