/* table.c -- one row for every op that is computed: the kernels that can, the first of the cheapest is taken. */
#include "kernel/kernel.h"

/* An op with one kernel, which bears its name and takes any shape; BLOCK: which computes blocks of samples alone. */
#define KERNEL(NAME, APPLIES)                                                                                      \
    .op = &op_##NAME, .candidates = (const struct kernel *const[])                                                 \
    {                                                                                                              \
        &(const struct kernel){.name = #NAME, .applies = (APPLIES)}, NULL                                          \
    }
#define ONE(NAME)   KERNEL(NAME, NULL)
#define BLOCK(NAME) KERNEL(NAME, block_of_samples)

static const struct kernels rows[] = {
    {.op = &op_conv2d,
     .candidates = conv2d_kernels,
     .fuses = epilogue_fuses,
     .pack = conv2d_pack,
     .reads_planar = conv2d_reads_planar},
    {.op = &op_conv2d_grad_input, .candidates = conv2d_grad_input_kernels},
    {.op = &op_conv2d_grad_kernel, .candidates = conv2d_grad_kernel_kernels},
    {.op = &op_conv2d_transpose,
     .candidates = conv2d_transpose_kernels,
     .fuses = epilogue_fuses_transposed,
     .pack = conv2d_pack},
    {.op = &op_matmul, .candidates = matmul_kernels, .fuses = epilogue_fuses, .pack = matmul_pack},
    {.op = &op_matmul_blocks, .candidates = matmul_blocks_kernels, .fuses = epilogue_fuses},
    {.op = &op_matmul_blocks_grad_input, .candidates = matmul_blocks_grad_input_kernels},
    {.op = &op_matmul_grad_input, .candidates = matmul_grad_input_kernels},
    {.op = &op_matmul_grad_kernel, .candidates = matmul_grad_kernel_kernels},
    {.op = &op_matmul_grad_rows, .candidates = matmul_grad_rows_kernels},
    {.op = &op_batch_matmul, .candidates = batch_matmul_kernels},
    {.op = &op_gather_grad_rows, .candidates = gather_grad_rows_kernels},
    {.op = &op_winograd, .candidates = winograd_kernels, .fuses = epilogue_fuses_winograd},
    {.op = &op_augment, .candidates = augment_kernels, .fuses = augment_fuses, .in_loading = true},
    {BLOCK(accuracy)},
    {ONE(affine), .in_loading = true},
    {ONE(average_pool2d)},
    {ONE(average_pool2d_grad)},
    {BLOCK(batch_mean)},
    {BLOCK(batch_variance)},
    {ONE(binary)},
    {BLOCK(binary_cross_entropy)},
    {BLOCK(binary_cross_entropy_grad)},
    {ONE(border)},
    {ONE(border_grad)},
    {ONE(broadcast)},
    {ONE(cast), .in_loading = true},
    {ONE(concat)},
    {ONE(constant)},
    {BLOCK(cross_entropy)},
    {BLOCK(cross_entropy_grad)},
    {BLOCK(dropout)},
    {ONE(fixed_normal)},
    {ONE(fixed_uniform)},
    {ONE(fold_rows)},
    {ONE(gather)},
    {ONE(gather_grad)},
    {ONE(gather_grad_panels)},
    {ONE(gather_grad_sample)},
    {ONE(loop_keep)},
    {ONE(loop_state)},
    {ONE(matmul_grad_panels)},
    {ONE(max_pool2d)},
    {BLOCK(max_pool2d_grad)},
    {BLOCK(noise)},
    {BLOCK(normalize), .fuses = epilogue_fuses_normalize},
    {BLOCK(normalize_grad)},
    {BLOCK(normalize_sums)},
    {ONE(one_hot)},
    {ONE(pack)},
    {ONE(pad2d)},
    {ONE(permute)},
    {ONE(reduce)},
    {ONE(resample)},
    {ONE(resample_grad)},
    {ONE(resize)},
    {ONE(resize_grad)},
    {ONE(random_normal)},
    {ONE(random_uniform)},
    {ONE(select)},
    {ONE(slice)},
    {ONE(slice_grad)},
    {ONE(softmax)},
    {ONE(softmax_grad)},
    {BLOCK(squared_error)},
    {BLOCK(squared_error_grad)},
    {ONE(sum_to)},
    {ONE(tril)},
    {ONE(unary)},
    {ONE(unary_grad)},
    {ONE(window_rows)},
    {ONE(winograd_kernel)},
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
