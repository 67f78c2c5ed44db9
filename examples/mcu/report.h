/* report.h -- what the programs say, and what they measure. */
#ifndef REPORT_H
#define REPORT_H

#include "board.h"

int index_of_largest(const float *values, int count);

/* No printf(): it would be larger than the network's code. */
void print_number(uint32_t number);    /* 1,234,567 */
void print_percent(float probability); /* 99.9 % */
/* "before: 1 of 11 right" */
void print_score(const char *when, uint32_t right, uint32_t of);

/* Of a call. */
struct cost {
    uint32_t count; /* instructions, or cycles */
    uint32_t stack; /* bytes */
};

/* The stack is painted below the caller, and looked at afterwards: down to where has the paint gone? */
struct cost measure(void (*work)(void *), void *argument);
/* The dearest of several calls. */
void keep_most(struct cost *most, struct cost cost);
/* "NAME: 1,234 instructions, 200 bytes of stack" */
void report_cost(const char *name, struct cost cost);
/* "RAM: 1,234 bytes", with so much of stack */
void report_ram(uint32_t stack);

#endif
