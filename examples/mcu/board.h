/* board.h -- what the programs ask of the machine that they run on: arm.c, riscv.c and avr.c have it. */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

/* Constants that are read where they are, in flash. An AVR would copy them to RAM if it was not told otherwise. */
#if defined(__AVR__)
#define FLASH __flash
#else
#define FLASH
#endif

void board_print(const char *text);
_Noreturn void board_exit(int status);

/* Instructions executed until now; of an AVR cycles, which is what its emulator counts. Right if it is asked again within
 * half a billion of them. */
uint64_t board_count(void);

/* Bytes of variables, and of what malloc() took of the heap. */
uint32_t board_ram(void);

/* The stack grows down to its end, and not further; now: where that of the caller has come to. */
unsigned char *board_stack_end(void);
unsigned char *board_stack_now(void);

#endif
