/* riscv.c -- start-up code of a RISC-V, which talks to the host through semihosting, and counts instructions itself. */
#include "board.h"

#include <stddef.h>
#include <string.h>

enum { SYS_WRITE0 = 0x04, SYS_EXIT = 0x18, APPLICATION_EXIT = 0x20026, RUN_TIME_ERROR = 0x20023 };

/* Where the linker puts things: riscv.ld. */
extern unsigned char data_start[], data_end[], data_source[], bss_start[], bss_end[], stack_end[];

int main(void);
_Noreturn void start(void);

/* ---- start ---- */

/* A trap has no place to go to: it begins anew with a word. */
__asm__(".section .start,\"ax\"\n"
        ".global reset\n"
        "reset:\n"
        "    la sp, stack_top\n"
        "    la tp, thread_start\n"
        "    la t0, fault\n"
        "    csrw mtvec, t0\n"
        "    j start\n");

_Noreturn void start(void)
{
    memcpy(data_start, data_source, (size_t)(data_end - data_start));
    memset(bss_start, 0, (size_t)(bss_end - bss_start));
    board_exit(main());
}

_Noreturn void fault(void);
__attribute__((aligned(4))) _Noreturn void fault(void)
{
    board_print("the processor has met a fault\n");
    board_exit(1);
}

/* ---- semihosting: three instructions that qemu, or a debugger, understands ---- */

static int ask_host(int what, const void *argument)
{
    register int a0 __asm__("a0") = what;
    register const void *a1 __asm__("a1") = argument;
    __asm__ volatile(".option push\n"
                     ".option norvc\n"
                     ".balign 16\n" /* on one page */
                     "slli zero, zero, 0x1f\n"
                     "ebreak\n"
                     "srai zero, zero, 7\n"
                     ".option pop\n"
                     : "+r"(a0)
                     : "r"(a1)
                     : "memory");
    return a0;
}

void board_print(const char *text) { ask_host(SYS_WRITE0, text); }

_Noreturn void board_exit(int status)
{
    ask_host(SYS_EXIT, (const void *)(uintptr_t)(status == 0 ? APPLICATION_EXIT : RUN_TIME_ERROR));
    for (;;) {
    }
}

/* ---- what is measured ---- */

uint64_t board_count(void)
{
    uint32_t high, low, again;
    do {
        __asm__ volatile("rdinstreth %0\n"
                         "rdinstret %1\n"
                         "rdinstreth %2\n"
                         : "=r"(high), "=r"(low), "=r"(again));
    } while (high != again);
    return (uint64_t)high << 32 | low;
}

static unsigned char *heap_top = bss_end;

uint32_t board_ram(void) { return (uint32_t)(heap_top - data_start); }

unsigned char *board_stack_end(void) { return stack_end; }

unsigned char *board_stack_now(void)
{
    unsigned char *now;
    __asm__ volatile("mv %0, sp" : "=r"(now));
    return now;
}

/* ---- what malloc() and the runtime ask for ---- */

void *sbrk(ptrdiff_t bytes);
void *sbrk(ptrdiff_t bytes)
{
    if (bytes > stack_end - heap_top)
        return (void *)-1;
    heap_top += bytes;
    return heap_top - bytes;
}

double cnn_seconds(void);
double cnn_seconds(void) { return 1e-9 * (double)board_count(); }
