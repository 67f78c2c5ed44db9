/* avr.c -- an ATmega1284P: avr-libc starts it. What it prints goes to its UART, which simavr shows; it counts cycles. */
#include "board.h"

#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>

/* Where avr-libc's linker script puts things. */
extern unsigned char __data_start[], __heap_start[];

/* ---- the UART ---- */

void board_print(const char *text)
{
    UCSR0B = 1 << TXEN0;
    for (; *text; text++) {
        while (!(UCSR0A & 1 << UDRE0)) {
        }
        UDR0 = (uint8_t)*text;
    }
}

/* With interrupts off it sleeps for ever, and simavr ends. It has no status to give: who reads what was printed must look. */
_Noreturn void board_exit(int status)
{
    board_print(status == 0 ? "done\n" : "failed\n");
    cli();
    sleep_enable();
    for (;;)
        sleep_cpu();
}

/* ---- what is measured ---- */

static volatile uint32_t rounds; /* of 65,536 cycles */

ISR(TIMER1_OVF_vect) { rounds++; }

__attribute__((constructor)) static void start_timer(void)
{
    TCCR1B = 1 << CS10; /* every cycle */
    TIMSK1 = 1 << TOIE1;
    sei();
}

uint64_t board_count(void)
{
    cli();
    uint16_t low = TCNT1;
    uint32_t high = rounds;
    if (TIFR1 & 1 << TOV1 && low < 0x8000) /* it went round just now, and nobody has counted it */
        high++;
    sei();
    return (uint64_t)high << 16 | low;
}

uint32_t board_ram(void) { return (uint32_t)(__heap_start - __data_start); }

unsigned char *board_stack_end(void) { return __heap_start; }

unsigned char *board_stack_now(void) { return (unsigned char *)SP; }
