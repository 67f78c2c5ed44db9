/* host.cpp -- a board that is this machine: its sketch is set up, and goes round once. */
#include "Arduino.h"

#include <stdio.h>

struct stub_serial Serial;

void setup();
void loop();

int analogRead(int) { return 512; }
unsigned long micros() { return 0; }
void delay(unsigned long) {}
void stub_serial::begin(unsigned long) {}
void stub_serial::print(char letter) { putchar(letter); }
void stub_serial::print(const char *text) { fputs(text, stdout); }
void stub_serial::print(unsigned long number) { printf("%lu", number); }
void stub_serial::print(double number, int digits) { printf("%.*f", digits, number); }
void stub_serial::println(const char *text) { puts(text); }
void stub_serial::println(double number, int digits) { printf("%.*f\n", digits, number); }

int main()
{
    setup();
    loop();
    return 0;
}
