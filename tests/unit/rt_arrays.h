/* rt_arrays.h -- makes NumPy's files for the runtime's tests, sound ones and others. */
#ifndef RT_ARRAYS_H
#define RT_ARRAYS_H

#include "rt_support.h"

/* An .npy file, version 1, of a dict such as NPY("'<f4'", "False", "(2, 3)"), and data. Returns its length. */
#define NPY(type, fortran, shape) "{'descr': " type ", 'fortran_order': " fortran ", 'shape': " shape ", }"
size_t rt_npy(unsigned char *out, const char *dict, const void *data, size_t size);

/* A member of an archive. What is not 0 replaces what would be right. */
struct rt_member {
    const char *name; /* "x_train.npy" */
    const void *data;
    size_t size;
    bool deflate;
    uint32_t flags, method, crc, packed, whole, offset;
};
/* Makes a zip archive, with a comment at its end. Returns its length; `out` must have room. */
size_t rt_zip(unsigned char *out, const struct rt_member *members, int count);

#endif
