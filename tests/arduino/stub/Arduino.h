/* Arduino.h -- as much of Arduino's as sketches of ours use, for compilers of boards whose core is not at hand. */
#ifndef ARDUINO_H
#define ARDUINO_H

#include <math.h>

enum { A0 = 14 };
int analogRead(int pin);
unsigned long micros(void);
void delay(unsigned long milliseconds);

struct stub_serial {
    void begin(unsigned long baud);
    void print(char letter);
    void print(const char *text);
    void print(unsigned long number);
    void print(double number, int digits = 2);
    void println(const char *text);
    void println(double number, int digits = 2);
};
extern struct stub_serial Serial;

#endif
