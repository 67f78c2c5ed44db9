/* table.c -- one row for every op that is computed: the kernels that can, the first of the cheapest is taken. */
#include "kernel/kernel.h"

/* An op with one kernel, which bears its name and takes any shape; BLOCK: which computes blocks of samples alone; SHARED: whose
 * function layers share. */
#define KERNEL(NAME, APPLIES, IS_SHARED)                                                                           \
    .op = &op_##NAME, .candidates = (const struct kernel *const[])                                                 \
    {                                                                                                              \
        &(const struct kernel){.name = #NAME, .applies = (APPLIES), .shared = (IS_SHARED)}, NULL                   \
    }
#define ONE(NAME)    KERNEL(NAME, NULL, false)
#define BLOCK(NAME)  KERNEL(NAME, block_of_samples, false)
#define SHARED(NAME) KERNEL(NAME, NULL, true)

static const struct kernels rows[] = {
    {.op = &op_conv2d,
     .candidates = conv2d_kernels,
     .fuses = epilogue_fuses,
     .pack = conv2d_pack,
     .reads_planar = conv2d_reads_planar},
    {.op = &op_conv2d_grad_input, .candidates = conv2d_grad_input_kernels, .pack = conv2d_pack},
    {.op = &op_conv2d_grad_kernel, .candidates = conv2d_grad_kernel_kernels},
    {.op = &op_conv2d_transpose,
     .candidates = conv2d_transpose_kernels,
     .fuses = epilogue_fuses_transposed,
     .pack = conv2d_pack},
    {.op = &op_matmul, .candidates = matmul_kernels, .fuses = epilogue_fuses, .pack = matmul_pack},
    {.op = &op_matmul_blocks, .candidates = matmul_blocks_kernels, .fuses = epilogue_fuses},
    {.op = &op_matmul_blocks_grad_input, .candidates = matmul_blocks_grad_input_kernels},
    {.op = &op_matmul_grad_input, .candidates = matmul_grad_input_kernels, .pack = matmul_pack},
    {.op = &op_matmul_grad_kernel, .candidates = matmul_grad_kernel_kernels},
    {.op = &op_matmul_grad_rows, .candidates = matmul_grad_rows_kernels},
    {.op = &op_batch_matmul, .candidates = batch_matmul_kernels},
    {.op = &op_gather_grad_rows, .candidates = gather_grad_rows_kernels},
    {.op = &op_winograd, .candidates = winograd_kernels, .fuses = epilogue_fuses_winograd},
    {.op = &op_augment, .candidates = augment_kernels, .fuses = augment_fuses, .in_loading = true},
    {ONE(accuracy)},
    {ONE(affine), .in_loading = true},
    {ONE(average_pool2d)},
    {ONE(average_pool2d_grad)},
    {SHARED(batch_mean)},
    {ONE(batch_scale)},
    {ONE(batch_shift)},
    {SHARED(batch_variance)},
    {ONE(binary)},
    {ONE(binary_cross_entropy)},
    {ONE(binary_cross_entropy_grad)},
    {ONE(border)},
    {ONE(border_grad)},
    {ONE(broadcast)},
    {ONE(cast), .in_loading = true},
    {ONE(concat)},
    {ONE(constant)},
    {ONE(cross_entropy)},
    {ONE(cross_entropy_grad)},
    {ONE(dropout)},
    {ONE(fixed_normal)},
    {ONE(fixed_uniform)},
    {ONE(fold_rows)},
    {ONE(gather)},
    {BLOCK(gather_grad)},
    {BLOCK(gather_grad_panels)},
    {BLOCK(gather_grad_sample)},
    {ONE(loop_keep)},
    {ONE(loop_state)},
    {BLOCK(matmul_grad_panels)},
    {ONE(max_pool2d)},
    {ONE(max_pool2d_grad)},
    {ONE(noise)},
    {ONE(normalize), .fuses = epilogue_fuses_normalize},
    {ONE(normalize_grad)},
    {SHARED(normalize_sums)},
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
    {ONE(squared_error)},
    {ONE(squared_error_grad)},
    {ONE(sum_to)},
    {ONE(tril)},
    {ONE(unary)},
    {ONE(unary_grad)},
    {ONE(window_rows)},
    {ONE(winograd_kernel)},
};

bool kernels_take_one(const struct op *op)
{
    for (const struct kernel *const *kernel = kernels_of(op)->candidates; *kernel; kernel++)
        if (!(*kernel)->small && (*kernel)->applies != block_of_samples)
            return true;
    return op->alias;
}

const struct kernels *kernels_of(const struct op *op)
{
    static const struct kernel *const none[] = {NULL};
    static const struct kernels nothing = {.candidates = none};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].op == op)
            return &rows[i];
    return &nothing;
}
