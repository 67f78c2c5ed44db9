// wave.ino -- a sine that a network has learnt, for Arduino's serial plotter: what it says, and what is true.
#include <sine.h>

static float x, y;

void setup()
{
    Serial.begin(115200);
}

void loop()
{
    sine_predict(&x, &y);
    Serial.print(x);
    Serial.print(' ');
    Serial.print(y);
    Serial.print(' ');
    Serial.println(sin(x));
    x = x < 6 ? x + 0.25 : 0;
    delay(10);
}
