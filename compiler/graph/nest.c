/* nest.c -- what the members of nests and epilogues are called. */
#include "graph/graph.h"

static const char *const vectors_names[] = {"samples", "channels", "columns", NULL};
static const char *const order_names[] = {"rows,outputs,columns", "outputs,rows,columns", "rows,columns,outputs",
                                          NULL};
static const char *const pool_names[] = {"none", "max", "average", NULL};

#define MEMBER(TYPE, NAME, CHOICES)                                                                                \
    {                                                                                                              \
#NAME, TYPE, offsetof(struct nest, NAME), CHOICES, NULL                                                    \
    }

const struct attribute nest_members[] = {MEMBER(ATTRIBUTE_CHOICE, vectors, vectors_names),
                                         MEMBER(ATTRIBUTE_CHOICE, order, order_names),
                                         MEMBER(ATTRIBUTE_PAIR, input, NULL),
                                         MEMBER(ATTRIBUTE_PAIR, output, NULL),
                                         MEMBER(ATTRIBUTE_PAIR, size, NULL),
                                         MEMBER(ATTRIBUTE_PAIR, strides, NULL),
                                         MEMBER(ATTRIBUTE_PAIR, dilation, NULL),
                                         MEMBER(ATTRIBUTE_QUAD, pads, NULL),
                                         MEMBER(ATTRIBUTE_INT, groups, NULL),
                                         MEMBER(ATTRIBUTE_INT, channels, NULL),
                                         MEMBER(ATTRIBUTE_INT, filters, NULL),
                                         MEMBER(ATTRIBUTE_INT, input_channels, NULL),
                                         MEMBER(ATTRIBUTE_INT, output_channels, NULL),
                                         MEMBER(ATTRIBUTE_PAIR, pool, NULL),
                                         MEMBER(ATTRIBUTE_BOOL, transposed, NULL),
                                         MEMBER(ATTRIBUTE_BOOL, depthwise, NULL),
                                         MEMBER(ATTRIBUTE_INT, multiplier, NULL),
                                         MEMBER(ATTRIBUTE_BOOL, filters_first, NULL),
                                         MEMBER(ATTRIBUTE_INT, panel, NULL),
                                         MEMBER(ATTRIBUTE_INT, panel_stride, NULL),
                                         MEMBER(ATTRIBUTE_INT, tap_stride, NULL),
                                         MEMBER(ATTRIBUTE_INT, channel_stride, NULL),
                                         MEMBER(ATTRIBUTE_INT, filter_stride, NULL),
                                         MEMBER(ATTRIBUTE_INT, group_stride, NULL),
                                         MEMBER(ATTRIBUTE_INT, input_column_stride, NULL),
                                         MEMBER(ATTRIBUTE_INT, input_channel_stride, NULL),
                                         MEMBER(ATTRIBUTE_INT, split_rows, NULL),
                                         MEMBER(ATTRIBUTE_INT, split_step, NULL),
                                         MEMBER(ATTRIBUTE_INT, split_columns, NULL),
                                         {0}};

#undef MEMBER
#define MEMBER(TYPE, NAME, CHOICES)                                                                                \
    {                                                                                                              \
#NAME, TYPE, offsetof(struct epilogue, NAME), CHOICES, NULL                                                \
    }

const struct attribute epilogue_members[] = {MEMBER(ATTRIBUTE_BOOL, bias, NULL),
                                             MEMBER(ATTRIBUTE_CHOICE, pool, pool_names),
                                             MEMBER(ATTRIBUTE_PAIR, window, NULL),
                                             {0}};
