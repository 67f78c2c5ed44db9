/* data.h -- sets of samples: formats of arrays and tables, labels, which files make a set. May use file/. */
#ifndef CNN_DATA_H
#define CNN_DATA_H

#include "../file/file.h"

/* ---- array.c: arrays of numbers in files ---------------------------------------------------------------- */

enum cnn_number_kind { CNN_NUMBER_UNSIGNED, CNN_NUMBER_SIGNED, CNN_NUMBER_REAL };

/* A number as a file keeps it. */
struct cnn_number {
    enum cnn_number_kind kind;
    int size; /* bytes */
    bool big_endian;
};

/* A file whose header has been read, and whose data have not. */
struct cnn_array_file {
    struct cnn_input input;
    struct cnn_array array; /* its shape and element; no data */
    struct cnn_number number;
    int64_t count;    /* elements */
    char label[1024]; /* "x.npz[x_train]" */
};

/* name: of the array, in an .npz; otherwise NULL. cnn_array_file_close() is due in any case. */
bool cnn_array_file_open(struct cnn_array_file *in, const char *path, const char *name, struct cnn_error *error);
bool cnn_array_file_read(struct cnn_array_file *in, struct cnn_array *array);
void cnn_array_file_close(struct cnn_array_file *in);

/* array_file.c: one that is kept as it is in memory. */
bool cnn_number_is_byte(const struct cnn_number *number);
/* For the formats, which read a header behind its first four bytes and set number and shape. */
bool cnn_array_file_shape(struct cnn_array_file *in, int rank, const int64_t *dim);
bool cnn_idx_header(struct cnn_array_file *in, const unsigned char magic[4]);
bool cnn_npy_header(struct cnn_array_file *in);

/* ---- csv.c: tables of numbers ------------------------------------------------------------------------------ */

/* Reads what cnn_dataset_read() says of CSV files: labels come as they are, classes or values, an array of one or
 * more columns, its data NULL where the table has none. Both are freed by the caller, also after an error. */
bool cnn_csv_read(const struct cnn_model *model, const char *path, struct cnn_array *inputs,
                  struct cnn_array *labels, struct cnn_error *error);
/* Does the name end in .csv or .csv.gz? */
bool cnn_csv_is(const char *path);

/* ---- dataset.c --------------------------------------------------------------------------------------- */

/* Where an array is. */
struct cnn_place {
    const char *path, *name; /* name: in an .npz; otherwise NULL */
};
/* cnn_dataset_read(), whatever kind of file it is. labels NULL: of a table its own, otherwise none. */
bool cnn_dataset_read_places(const struct cnn_model *model, const struct cnn_place *inputs,
                             const struct cnn_place *labels, struct cnn_dataset *set, struct cnn_error *error);

/* How many classes labels of one column tell apart, counted from 0; 0: such labels are values. */
int64_t cnn_label_classes(const struct cnn_model *model);
/* Is it one of so many classes? */
bool cnn_is_class(float value, int64_t classes);

/* Has the set samples and labels as the model wants them? */
bool cnn_dataset_check(const struct cnn_model *model, const struct cnn_dataset *set, struct cnn_error *error);
/* CRC-32 of all inputs and labels. */
uint32_t cnn_dataset_crc(const struct cnn_dataset *set);

/* ---- image.c ----------------------------------------------------------------------------------------- */

/* How an array of that shape is a picture, as cnn_geometry_of() says it of a model's input. */
bool cnn_geometry_of_shape(int rank, const int64_t *dim, struct cnn_geometry *geometry);

/* ---- sets.c ------------------------------------------------------------------------------------------ */

/* Is the file one of those that cnn_dataset_open() reads of the data, for the training or the test set? */
bool cnn_dataset_reads(const char *data, const char *path);
/* cnn_dataset_open() of a set that need not have labels. */
bool cnn_dataset_open_any(const struct cnn_model *model, const char *data, const char *prefix,
                          struct cnn_dataset *set, struct cnn_error *error);
/* Does the file begin as an .npz does? Fails when it cannot be read; a folder is none. */
bool cnn_archive_check(const char *path, bool *is_archive, struct cnn_error *error);

#endif
