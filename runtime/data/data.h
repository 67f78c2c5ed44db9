/* data.h -- sets of samples: formats of arrays and tables, labels, which files make a set. May use file/; knows of a model what
 * goes in, what comes out and what that is compared with, but neither parameters nor training. */
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

enum { CNN_MAP_FROM = 1 << 26 }; /* bytes of an array that is mapped */

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
bool cnn_npy_header(struct cnn_array_file *in, const unsigned char magic[4]);

/* Zeros for an array of known shape and element: in memory, or, where they are much of what there is, in a file without a name,
 * so that all sets together may be larger than memory. */
bool cnn_array_allocate(struct cnn_array *array, struct cnn_error *error);
/* Elements of a row of an array; one element. */
int64_t cnn_array_row(const struct cnn_array *array);
float cnn_array_value(const struct cnn_array *array, int64_t i);

/* ---- what a set is made of ------------------------------------------------------------------------------- */

/* Where an array is, or a table. */
struct cnn_place {
    const char *path, *name; /* name: in an archive, or the set of which a table's rows are; otherwise NULL */
};

/* Where inputs and labels are. labels.path NULL: those of a table, otherwise none. */
struct cnn_source {
    struct cnn_place inputs, labels;
    bool shuffles; /* what stands class by class is put in an order drawn by the preprocessing's seed */
};

/* Different words in the order in which they came. */
struct cnn_words {
    char *text; /* one after the other, each with a NUL at its end; owned */
    size_t bytes;
    int count;
};
enum { CNN_WORDS_MAX = 10000 };

/* A set as its files have it, before anything is decided about its numbers and words. */
struct cnn_raw {
    struct cnn_array inputs, labels;           /* labels.data NULL: there are none */
    bool inputs_are_whole, labels_are_whole;   /* integers by their type, or by the looks of all of a table */
    bool is_picture;                           /* a PNG file or the like */
    bool labels_are_samples;                   /* the same numbers, of which the same is made */
    struct cnn_words words;                    /* of which labels are the numbers; none: labels are numbers */
    char **row_names;                          /* as those of struct cnn_dataset; owned */
    char inputs_name[1024], labels_name[1024]; /* for messages */
};

void cnn_raw_free(struct cnn_raw *raw);

/* ---- format.c: what a file is; format.def has the formats, and what reads each -------------------------------- */

enum cnn_kind {
    CNN_TABLE,   /* samples with their labels beside them */
    CNN_ARCHIVE, /* arrays by name */
    CNN_ARRAY,
    CNN_PICTURE
};

enum cnn_format_id {
#define FORMAT(id, kind, name, endings, magic, header, decode, read) CNN_FORMAT_##id,
#include "data/format.def"
#undef FORMAT
    CNN_FORMATS
};

struct cnn_format {
    enum cnn_format_id id;
    enum cnn_kind kind;
    const char *name, *endings, *magic; /* as in format.def */
    size_t magic_bytes;                 /* 0: it is known by its name */
};

/* The format of a file; NULL after an error, which names what is read. */
const struct cnn_format *cnn_format_of(const char *path, struct cnn_error *error);
/* The format that a file has by its name, whatever is in it; NULL: the name says none. */
const struct cnn_format *cnn_format_named(const char *path);
/* Rows of text, in which a column may be the label, or say to which set a row belongs. */
bool cnn_format_is_text(const struct cnn_format *format);
/* Is the name that of a file of that kind? */
bool cnn_format_is_called(const char *name, enum cnn_kind kind);
/* What names of a kind's files end in, from number 0 on; false: there are no more. */
enum { CNN_ENDING_SIZE = 8 };
bool cnn_format_ending(enum cnn_kind kind, int number, char ending[CNN_ENDING_SIZE]);
/* The format of an array's file, or of an archive, by its first bytes; NULL: it is none of them. */
const struct cnn_format *cnn_format_of_array(const unsigned char *bytes, size_t count);

/* ---- layout.c: how a table is written ---------------------------------------------------------------------- */

struct cnn_layout {
    char separator; /* of cells */
    int64_t
        vector; /* a cell of this column is many numbers with blanks between, which are as many cells; -1: none */
    int64_t usage; /* this column says to which set a row belongs, and is left out; -1: none does */
};

/* By the first bytes of the file. */
struct cnn_layout cnn_layout_of(const char *path, const char *text, int64_t size);
/* The prefix of the set that a cell of such a column means; NULL: none. */
const char *cnn_layout_set(const char *usage);

/* ---- csv.c: the cells of a table -------------------------------------------------------------------------- */

enum { CNN_CELL_SIZE = CNN_COLUMN_NAME, CNN_CSV_BUFFER = 1 << 14 };

struct cnn_csv {
    struct cnn_input input;
    struct cnn_layout layout;
    int64_t parts;   /* numbers in a cell that is a vector */
    const char *set; /* whose rows are shown; NULL: all */
    bool failed;     /* an error was told */
    int64_t line;    /* of the file, from 1 */
    int64_t used, filled;
    unsigned char buffer[CNN_CSV_BUFFER];
    /* the cell that was read last, without the blanks and quotes around it */
    char cell[CNN_CELL_SIZE];
    int length;
    bool empty;  /* nothing stood there, not even quotes */
    bool is_cut; /* it was longer */
};

/* set: the prefix of the one whose rows are wanted, where a column says which it is; NULL: all. cnn_input_close(&csv->input)
 * is due in any case. */
bool cnn_csv_open(struct cnn_csv *csv, const char *path, const char *set, struct cnn_error *error);
/* Reads the next row that is not empty, and shows each cell. False at the end, and after an error. */
bool cnn_csv_row(struct cnn_csv *csv, void (*show)(void *user, int64_t column), void *user, int64_t *cells);
/* The cell as a finite number. */
bool cnn_csv_number(const struct cnn_csv *csv, float *value);
/* It would be one, but for a comma: it is no word. */
bool cnn_csv_has_comma(const char *cell);

/* ---- column.c: which column of a table is the label ------------------------------------------------------- */

struct cnn_columns {
    bool header;           /* the first row names the columns */
    int64_t count;         /* of these, */
    int64_t label, labels; /* so many from `label` on are labels */
    bool words;            /* the label is a word */
    int64_t *places;       /* of each feature among the model's inputs; NULL: they stand in order; owned */
    char how[272];         /* it was found */
    char doubt[CNN_ABOUT]; /* what to say where it turns out to be no label; "" when it was not guessed */
};

/* `told` says which column it is, where that is known, and gets what was found. */
bool cnn_columns_choose(const struct cnn_model *model, const struct cnn_place *place,
                        struct cnn_preprocessing *told, struct cnn_columns *columns, struct cnn_error *error);

/* ---- order.c: the columns of tables by their names ----------------------------------------------------------- */

/* Puts the features of a table, of so many names, in the order that `told` has of them, and keeps that in it where it has
 * none. *places: as in struct cnn_columns. Fails where the names are others. */
bool cnn_columns_order(const char *path, const char *const *names, int64_t count, struct cnn_preprocessing *told,
                       int64_t **places, struct cnn_error *error);

/* ---- table.c: a table as inputs and labels ---------------------------------------------------------------- */

/* Has the table a column that says to which set a row belongs, and rows of this one? */
bool cnn_table_has_set(const char *path, const char *prefix);
bool cnn_table_read(const struct cnn_model *model, const struct cnn_source *source,
                    struct cnn_preprocessing *preprocessing, struct cnn_raw *raw, struct cnn_error *error);

/* ---- pnm.c, png.c, jpeg.c, bmp.c: the pixels of a picture file ----------------------------------------------- */

#define CNN_PICTURES "a picture (" CNN_PICTURE_FORMATS ")"

/* A file being read for a model, from its beginning. Decoders fill `pixels`. */
struct cnn_picture_file {
    const char *path;
    FILE *file;
    int64_t bytes; /* of the file */
    const struct cnn_geometry *geometry;
    int64_t columns, rows;
    int channels;    /* 1 or 3 */
    uint8_t *pixels; /* rows x columns x channels; owned by who opened the file, also after an error */
    struct cnn_error *error;
};

bool cnn_decode_pnm(struct cnn_picture_file *picture);
bool cnn_decode_png(struct cnn_picture_file *picture);
bool cnn_decode_jpeg(struct cnn_picture_file *picture);
bool cnn_decode_bmp(struct cnn_picture_file *picture);

/* pixels.c. Memory for a picture of that size, unless it is beyond reason; a sound file of it has at most `max` pixels. */
bool cnn_picture_allocate(struct cnn_picture_file *picture, int64_t columns, int64_t rows, int channels,
                          int64_t max);
/* Bilinearly, without antialiasing, as Keras' image_dataset_from_directory() does; rounded to bytes. */
bool cnn_picture_resize(struct cnn_picture_file *picture, int64_t columns, int64_t rows);
/* To the nearest pixel, where what is between two classes is none. */
bool cnn_picture_pick(struct cnn_picture_file *picture, int64_t columns, int64_t rows);

/* ---- image.c: a picture ----------------------------------------------------------------------------------- */

/* How an array of that shape is a picture, as cnn_geometry_of() says it of a model's input. */
bool cnn_geometry_of_shape(int rank, const int64_t *dim, struct cnn_geometry *geometry);
/* The same of a flat input, for pictures of that size: grey, or in colour. */
bool cnn_geometry_of_flat(const struct cnn_model *model, int64_t rows, int64_t columns,
                          struct cnn_geometry *geometry);
/* The same; fails, naming the file, where it is none. */
bool cnn_picture_geometry(const struct cnn_model *model, const char *path, struct cnn_geometry *geometry,
                          struct cnn_error *error);
/* Reads a picture for an array of that geometry; its pixels are due to be freed in any case. */
bool cnn_picture_decode(const char *path, const struct cnn_geometry *geometry, struct cnn_picture_file *picture,
                        struct cnn_error *error);
/* The pixels as an input of that geometry: resized, with its channels, in its layout. */
bool cnn_picture_arrange(struct cnn_picture_file *picture, uint8_t *input);
bool cnn_picture_read(const struct cnn_model *model, const struct cnn_source *source,
                      struct cnn_preprocessing *preprocessing, struct cnn_raw *raw, struct cnn_error *error);

/* ---- cifar.c: CIFAR's binary batches ----------------------------------------------------------------------------- */

/* Named as a set's, data_batch_1.bin is read with the batches beside it. */
bool cnn_cifar_read(const struct cnn_model *model, const struct cnn_source *source,
                    struct cnn_preprocessing *preprocessing, struct cnn_raw *raw, struct cnn_error *error);

/* ---- listing.c: what is in a folder ----------------------------------------------------------------------------- */

enum cnn_listed {
    CNN_LIST_FOLDERS,
    CNN_LIST_PICTURES,
    CNN_LIST_ARRAYS,
    CNN_LIST_OTHER_PICTURES
}; /* other: that are not read */

/* Names of a folder, in the order of their bytes; hidden ones are left out. */
struct cnn_listing {
    char **names; /* into `text`; NULL before cnn_listing_index() */
    int64_t count;
    char *text; /* one after the other, each with a NUL at its end */
    size_t bytes, room;
};

/* cnn_listing_free() is due in any case. */
bool cnn_list(const char *folder, enum cnn_listed what, struct cnn_listing *listing, struct cnn_error *error);
/* Has it one? */
bool cnn_folder_has(const char *folder, enum cnn_listed what);
/* Has it sub-folders with pictures? */
bool cnn_folder_has_classes(const char *folder);
/* False: out of memory. */
bool cnn_listing_add(struct cnn_listing *listing, const char *name);
/* Due when all have been added. */
bool cnn_listing_index(struct cnn_listing *listing);
void cnn_listing_free(struct cnn_listing *listing);

/* ---- mask.c: pictures as labels ------------------------------------------------------------------------------------ */

/* The picture that a label is; false: it is none. */
bool cnn_mask_geometry(const struct cnn_model *model, struct cnn_geometry *geometry);
/* FOLDER/images and FOLDER/masks, or the like: are there such with pictures? */
bool cnn_masks_find(const char *folder, char images[CNN_PATH_SIZE], char masks[CNN_PATH_SIZE]);
/* Reads the picture in `masks` that is called as `image` is, but for its ending and a _mask in front of that. */
bool cnn_mask_read(const struct cnn_model *model, const char *image, const char *masks, uint8_t *label,
                   struct cnn_error *error);

/* ---- folder.c: a folder of pictures ------------------------------------------------------------------------------ */

bool cnn_folder_read(const struct cnn_model *model, const struct cnn_source *source,
                     struct cnn_preprocessing *preprocessing, struct cnn_raw *raw, struct cnn_error *error);

/* ---- words.c, class.c: classes that have names --------------------------------------------------------------- */

const char *cnn_words_at(const char *words, int64_t index);
/* -1: it is not among them. */
int cnn_words_find(const char *words, int count, const char *word);
/* Whether it is new or not. */
bool cnn_words_append(struct cnn_words *words, const char *word, struct cnn_error *error);
/* Its number, be it new or not; -1 after an error. */
int cnn_words_add(struct cnn_words *words, const char *word, struct cnn_error *error);
/* Makes classes of the labels that are words, those of `preprocessing` or, where it has none, all of them. */
bool cnn_words_become_classes(const struct cnn_model *model, struct cnn_raw *raw,
                              struct cnn_preprocessing *preprocessing, struct cnn_error *error);

/* ---- sample.c: samples that have one class ---------------------------------------------------------------- */

/* How many classes labels of one column tell apart, counted from 0; 0: such labels are values. */
int64_t cnn_output_classes(const struct cnn_model_output *output);
/* The only output that has a loss, where a sample has one class; -1: there is none such. */
int cnn_classified_output(const struct cnn_model *model);
/* How many classes its samples can have; 0: a label may be any number. */
int64_t cnn_sample_classes(const struct cnn_model_output *output);
/* That of a sample, by its label; -1: no class. */
int64_t cnn_sample_class(const struct cnn_model_output *output, const float *label);
/* Is it one of so many classes, or the one that the loss of the output ignores? */
bool cnn_is_class(const struct cnn_model_output *output, float value, int64_t classes);

/* The place of the largest number, the first of equal ones; 0 where none is a number. */
int64_t cnn_largest(const float *numbers, int64_t count);

/* ---- probability.c ---------------------------------------------------------------------------------------- */

/* What makes a probability of a number: exp(number - shift) * scale, a sigmoid, or nothing. */
struct cnn_probability {
    enum { CNN_PROBABILITY_AS_IT_IS, CNN_PROBABILITY_SIGMOID, CNN_PROBABILITY_SOFTMAX } kind;
    double shift, scale;
};
/* Of `count` numbers of the output, among which a softmax is. */
struct cnn_probability cnn_probability_of(const struct cnn_model_output *output, const float *numbers,
                                          int64_t count);
double cnn_probability(const struct cnn_probability *probability, float number);

/* ---- label.c: what labels can be -------------------------------------------------------------------------- */

/* cnn_output_classes() of the first output. */
int64_t cnn_label_classes(const struct cnn_model *model);
/* Are the numbers of a label from 0 to 1? The loss has no meaning beyond. */
bool cnn_label_is_probability(const struct cnn_model *model);
/* Does the loss look at any label? What trains by what the network itself adds to its loss needs none. */
bool cnn_needs_labels(const struct cnn_model *model);
/* Can it stand alone as a label? Otherwise `what` is "class 7, but model m has classes 0 to 3". */
bool cnn_label_fits(const struct cnn_model *model, float value, char what[CNN_ABOUT]);
/* Has a row as many labels as the model wants? The data need not be there yet. */
bool cnn_labels_check(const struct cnn_model *model, const char *path, const struct cnn_array *labels,
                      struct cnn_error *error);
/* Is a row of labels a picture, or the sample itself? */
bool cnn_labels_are_pictures(const struct cnn_model *model, const struct cnn_array *labels);
/* Where a row's label is a class, but the model makes pictures: the samples become labels if it makes such, for it is an
 * autoencoder; otherwise there is an error. */
bool cnn_labels_fit_output(const struct cnn_model *model, struct cnn_raw *raw,
                           struct cnn_preprocessing *preprocessing, struct cnn_error *error);
/* Does a model without labels learn to make its samples again, as an autoencoder does? */
bool cnn_makes_samples(const struct cnn_model *model);
/* They are the labels then, as of Keras' fit(x_train, x_train); it is told. */
bool cnn_samples_become_labels(struct cnn_raw *raw, struct cnn_preprocessing *preprocessing,
                               struct cnn_error *error);
/* Rows of outputs[0].label_count floats in place of raw->labels; an error names a row. */
bool cnn_labels_convert(const struct cnn_model *model, struct cnn_raw *raw, enum cnn_scale scale,
                        struct cnn_error *error);

/* ---- whole.c ---------------------------------------------------------------------------------------------- */

/* The inputs as a model takes them that wants whole numbers (inputs[0].element); any other takes them as they are. Fails,
 * naming a row, at numbers that are not whole, or none that it takes. */
bool cnn_inputs_become_whole(const struct cnn_model *model, struct cnn_raw *raw, struct cnn_error *error);

/* ---- scale.c ---------------------------------------------------------------------------------------------- */

/* Decides what is not, about all sets together, and makes them. What the raw sets still own is theirs to be freed. */
bool cnn_raws_finish(const struct cnn_model *model, struct cnn_raw *raws, int count,
                     struct cnn_preprocessing *preprocessing, struct cnn_dataset *sets, struct cnn_error *error);

/* The same for pictures in memory, about which nothing can be decided: they become floats where pixels stay as they are. */
bool cnn_pictures_scale(const struct cnn_model *model, const struct cnn_preprocessing *preprocessing,
                        struct cnn_dataset *set, struct cnn_error *error);

/* ---- rows.c: sets in memory ------------------------------------------------------------------------------- */

int64_t cnn_element_bytes(enum cnn_element element);
/* Has it labels for each output that has a loss? */
bool cnn_dataset_is_labelled(const struct cnn_model *model, const struct cnn_dataset *set);
/* Has the set samples and labels as the model wants them? */
bool cnn_dataset_check(const struct cnn_model *model, const struct cnn_dataset *set, struct cnn_error *error);

/* ---- dataset.c -------------------------------------------------------------------------------------------- */

/* Reads whatever kind of file it is, but decides nothing. cnn_raw_free() is due in any case. */
bool cnn_raw_read(const struct cnn_model *model, const struct cnn_source *source,
                  struct cnn_preprocessing *preprocessing, struct cnn_raw *raw, struct cnn_error *error);
/* Arrays of samples, and of labels where the source has some. */
bool cnn_arrays_read(const struct cnn_model *model, const struct cnn_source *source,
                     struct cnn_preprocessing *preprocessing, struct cnn_raw *raw, struct cnn_error *error);

/* CRC-32 of all inputs and labels. */
uint32_t cnn_dataset_crc(const struct cnn_dataset *set);

/* ---- names.c: arrays of a set by their names ------------------------------------------------------------------ */

struct cnn_arrays {
    const char *data, *prefix; /* an archive or a folder, and the set, as cnn_dataset_open() takes them */
    bool is_folder;
    struct cnn_listing listing; /* of what is there */
    char *paths[2 * CNN_MAX_ARRAYS + 1];
    int n_paths;
    struct cnn_place inputs[CNN_MAX_ARRAYS], labels[CNN_MAX_ARRAYS], weights; /* path NULL: not there */
};

/* Finds those that the model wants, as far as they are there. `named`: only such as have the set's name in theirs.
 * cnn_arrays_free() is due in any case. */
bool cnn_arrays_find(const struct cnn_model *model, const char *data, const char *prefix, bool named,
                     struct cnn_arrays *arrays, struct cnn_error *error);
bool cnn_arrays_have_inputs(const struct cnn_model *model, const struct cnn_arrays *arrays);
/* Is an array that another tool called `listed`, of so many letters, what cnnc calls `name`? That has one "_" for all that stands
 * between letters and digits, and a word in front of digits: "input.1" is input_1, and "23" is output_23. */
bool cnn_array_is_called(const char *listed, size_t length, const char *name);
/* The names of an archive's arrays as a text, of a single one the name alone. How many there are; -1 after an error. */
int64_t cnn_archive_names(const char *path, char names[CNN_ABOUT], struct cnn_error *error);
/* Fails naming the first input, or labels, that are not there. */
bool cnn_arrays_lack(const struct cnn_model *model, const struct cnn_arrays *arrays, struct cnn_error *error);
void cnn_arrays_free(struct cnn_arrays *arrays);

/* ---- sets: where they are ------------------------------------------------------------------------------------ */

/* Where a set is: in data, as cnn_dataset_open() takes them, or array by array. */
struct cnn_set_place {
    const char *data, *prefix;
    const char *const *inputs,
        *const *labels;  /* files, by input and by output of the model; inputs NULL: those of the data */
    const char *weights; /* a file; NULL: those that the data have, if any */
};

/* What a set must have: labels; labels, unless it is a test set in a table, as competitions hand out; or only samples. What it
 * has not is NULL. */
enum cnn_need { CNN_NEED_LABELS, CNN_NEED_TRAINING, CNN_NEED_SAMPLES };

/* ---- part.c: several inputs and outputs ---------------------------------------------------------------------- */

/* Part i of a model is input i and the labels of output i, as far as it has these. */
int cnn_model_parts(const struct cnn_model *model);
/* A model with no others than those, or in their place with the last ones. */
struct cnn_model cnn_model_part(const struct cnn_model *model, int part);
/* cnn_raws_finish() of each part: those of part i begin at raws[i * count]. */
bool cnn_parts_finish(const struct cnn_model *model, struct cnn_raw *raws, int count,
                      struct cnn_preprocessing *preprocessing, struct cnn_dataset *sets, struct cnn_error *error);
/* Is it an archive or a folder, which cnn_arrays_find() looks into? */
bool cnn_has_arrays(const char *data);
/* Read the parts of a set, which stand `stride` apart: from data by the names of arrays, or from the files of the place. */
bool cnn_parts_read(const struct cnn_model *model, const struct cnn_set_place *place, enum cnn_need need,
                    struct cnn_raw *raws, int64_t stride, struct cnn_error *error);
bool cnn_parts_read_given(const struct cnn_model *model, const struct cnn_set_place *place, enum cnn_need need,
                          struct cnn_raw *raws, int64_t stride, struct cnn_error *error);
/* Reads the weights of a set's samples. */
bool cnn_weights_of_samples(const struct cnn_place *place, struct cnn_dataset *set, struct cnn_error *error);

/* ---- sets.c ---------------------------------------------------------------------------------------------- */

/* Call for each file that cnn_dataset_open() reads of the data, for any set, and for the data themselves; and for each of a
 * folder's arrays, which are found by their names. False: a call was, or the folder cannot be listed. */
typedef bool cnn_file_call(void *user, const char *path);
bool cnn_dataset_each(const char *data, cnn_file_call *call, void *user);
bool cnn_arrays_each(const struct cnn_model *model, const char *data, cnn_file_call *call, void *user,
                     struct cnn_error *error);

/* cnn_dataset_exists(). False: it cannot be told. */
bool cnn_dataset_look(const struct cnn_model *model, const char *data, const char *prefix, bool *has,
                      struct cnn_error *error);

/* Reads several sets, with one decision about all of them; all or none. */
bool cnn_sets_read(const struct cnn_model *model, const struct cnn_set_place *places, int count, enum cnn_need need,
                   struct cnn_preprocessing *preprocessing, struct cnn_dataset *sets, struct cnn_error *error);

#endif
