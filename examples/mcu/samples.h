/* samples.h -- pictures that a board reads and learns from, which make.sh makes C of: bytes of 28x28 pixels, and their classes. */
#ifndef SAMPLES_H
#define SAMPLES_H

#include "board.h"

enum { SAMPLE_BYTES = 28 * 28, TEST_SAMPLES = 11, LEARN_SAMPLES = 40 };

/* Apart from the program, whose size is told without them. */
#if defined(__AVR__)
#define SAMPLES(set) FLASH
#else
#define SAMPLES(set) __attribute__((section(".samples." #set)))
#endif

extern const SAMPLES(test) unsigned char test_images[TEST_SAMPLES][SAMPLE_BYTES];
extern const SAMPLES(test) unsigned char test_labels[TEST_SAMPLES];
extern const SAMPLES(learn) unsigned char learn_images[LEARN_SAMPLES][SAMPLE_BYTES];
extern const SAMPLES(learn) unsigned char learn_labels[LEARN_SAMPLES];

/* Parameters that were trained elsewhere, as the network's program has them: floats, byte by byte. */
extern const FLASH unsigned char trained[];

#endif
