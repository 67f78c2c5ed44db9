/* arm.c -- start-up code of a Cortex-M, which talks to the host through semihosting, and counts by its SysTick.
 *
 * qemu's mps2 boards have a clock of 25 MHz; with -icount shift=0 an instruction takes a nanosecond, so a tick is 40 of them. */
#include "board.h"

#include <malloc.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { SYS_WRITE0 = 0x04, SYS_EXIT = 0x18, APPLICATION_EXIT = 0x20026, RUN_TIME_ERROR = 0x20023 };
enum { INSTRUCTIONS_OF_TICK = 40, TICKS = 0x1000000 };

/* Where the linker puts things: arm.ld. */
extern unsigned char data_start[], data_end[], data_source[], bss_start[], bss_end[], stack_end[], stack_top[];

int main(void);
_Noreturn void reset(void);

/* ---- start ---- */

static _Noreturn void fault(void)
{
    board_print("the processor has met a fault\n");
    board_exit(1);
}

/* What the processor looks at when it starts, and when it meets a fault. */
struct vectors {
    unsigned char *stack;
    void (*reset)(void);
    void (*faults[14])(void);
};
__attribute__((section(".vectors"), used)) static const struct vectors vectors = {
    stack_top, reset, {fault, fault, fault, fault, fault}};

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define FPU_ACCESS        REGISTER(0xe000ed88)
#define SYSTICK_CONTROL   REGISTER(0xe000e010)
#define SYSTICK_RELOAD    REGISTER(0xe000e014)
#define SYSTICK_NOW       REGISTER(0xe000e018)

_Noreturn void reset(void)
{
    FPU_ACCESS |= 0xf << 20;
    __asm__ volatile("dsb\nisb");
    memcpy(data_start, data_source, (size_t)(data_end - data_start));
    memset(bss_start, 0, (size_t)(bss_end - bss_start));
    SYSTICK_RELOAD = TICKS - 1;
    SYSTICK_NOW = 0;
    SYSTICK_CONTROL = 5; /* runs, by the processor's clock */
    board_exit(main());
}

/* ---- semihosting: a breakpoint that qemu, or a debugger, understands ---- */

static int ask_host(int what, const void *argument)
{
    register int r0 __asm__("r0") = what;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
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
    static uint64_t ticks;
    static uint32_t last = TICKS - 1;
    uint32_t now = SYSTICK_NOW; /* counts down */
    ticks += (last - now) % TICKS;
    last = now;
    return ticks * INSTRUCTIONS_OF_TICK;
}

static unsigned char *heap_top = bss_end;

uint32_t board_ram(void) { return (uint32_t)(heap_top - data_start); }

unsigned char *board_stack_end(void) { return stack_end; }

unsigned char *board_stack_now(void)
{
    unsigned char *now;
    __asm__ volatile("mov %0, sp" : "=r"(now));
    return now;
}

/* ---- what newlib's malloc() and the runtime ask for ---- */

void *_sbrk(ptrdiff_t bytes);
void *_sbrk(ptrdiff_t bytes)
{
    if (bytes > stack_end - heap_top)
        return (void *)-1;
    heap_top += bytes;
    return heap_top - bytes;
}

/* newlib's own asks for a posix_memalign(), which it does not have here. */
void *aligned_alloc(size_t alignment, size_t bytes) { return memalign(alignment, bytes); }

double cnn_seconds(void);
double cnn_seconds(void) { return 1e-9 * (double)board_count(); }
