/* table.c -- one row for every op that is computed: the kernels that can, the first of the cheapest is taken. */
#include "kernel/kernel.h"

/* An op with one kernel, which bears its name and takes any shape. */
#define ONE(NAME)                                                                                                  \
    {                                                                                                              \
        .op = &op_##NAME, .candidates = (const struct kernel *const[])                                             \
        {                                                                                                          \
            &(const struct kernel){.name = #NAME}, NULL                                                            \
        }                                                                                                          \
    }

static const struct kernels rows[] = {
    {&op_conv2d, conv2d_kernels, epilogue_fuses, conv2d_pack, conv2d_reads_planar},
    {&op_conv2d_grad_input, conv2d_grad_input_kernels, NULL, NULL, NULL},
    {&op_conv2d_grad_kernel, conv2d_grad_kernel_kernels, NULL, NULL, NULL},
    {&op_matmul, matmul_kernels, epilogue_fuses, matmul_pack, NULL},
    {&op_matmul_blocks, matmul_blocks_kernels, epilogue_fuses, NULL, NULL},
    {&op_matmul_blocks_grad_input, matmul_blocks_grad_input_kernels, NULL, NULL, NULL},
    {&op_matmul_grad_input, matmul_grad_input_kernels, NULL, NULL, NULL},
    {&op_matmul_grad_kernel, matmul_grad_kernel_kernels, NULL, NULL, NULL},
    {&op_matmul_grad_rows, matmul_grad_rows_kernels, NULL, NULL, NULL},
    {&op_winograd, winograd_kernels, epilogue_fuses_winograd, NULL, NULL},
    ONE(accuracy),
    ONE(affine),
    ONE(average_pool2d),
    ONE(average_pool2d_grad),
    ONE(batch_mean),
    ONE(batch_variance),
    ONE(binary),
    ONE(binary_cross_entropy),
    ONE(binary_cross_entropy_grad),
    ONE(concat),
    ONE(cross_entropy),
    ONE(cross_entropy_grad),
    ONE(dropout),
    ONE(matmul_grad_panels),
    ONE(max_pool2d),
    ONE(max_pool2d_grad),
    ONE(normalize),
    ONE(normalize_grad),
    ONE(normalize_sums),
    ONE(pack),
    ONE(pad2d),
    ONE(permute),
    ONE(slice),
    ONE(slice_grad),
    ONE(softmax),
    ONE(softmax_grad),
    ONE(squared_error),
    ONE(squared_error_grad),
    ONE(sum_to),
    ONE(unary),
    ONE(unary_grad),
    ONE(winograd_kernel),
};

const struct kernels *kernels_of(const struct op *op)
{
    static const struct kernel *const none[] = {NULL};
    static const struct kernels nothing = {.candidates = none};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].op == op)
            return &rows[i];
    return &nothing;
}
