/* pgm.h -- reads a grey image in the binary PGM format (netpbm's P5). */
#ifndef PGM_H
#define PGM_H

/* Reads an image of rows x columns pixels into `pixels`, row by row, scaled so that white is 1. Returns NULL, or what is
 * wrong with the file: a text that nobody frees. */
const char *pgm_read(const char *path, int rows, int columns, float *pixels);

#endif
