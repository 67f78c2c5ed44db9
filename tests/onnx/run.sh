#!/bin/sh
# ONNX' own tests of its operators: all of them by the naive interpreter, and one of each kind of layout as the C that cnnc writes.
# Environment: see tests/check.sh. VERBOSE=1 prints what is refused.
set -u
cd "$TOP" || exit 1
data=$(dpkg -L libonnx-testdata 2>/dev/null | grep '/node$' | head -n 1)
data=${data%/node}
[ -d "$data/node" ] || { echo "not ok onnx: install libonnx-testdata"; exit 1; }
status=0

# Debian's shared libhdf5 brings 30 others along.
HDF5=$(pkg-config --libs-only-L hdf5 | sed 's/^-L//; s/ *$//')/libhdf5.a
LIBRARIES="$(pkg-config --libs lua5.4) -lprotobuf-c -ljansson $([ -f "$HDF5" ] && echo "$HDF5 -lsz" || pkg-config --libs hdf5) -lz -lpng -ljpeg -lm -ldl"
SANITIZERS=${SANITIZE:+-fsanitize=$SANITIZE -fno-sanitize-recover=all}
# With the flags of fuzz/models, in their order: so ccache has the interpreter's objects for both.
sh tests/cc.sh $CC -std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -g -O2 $SANITIZERS -Icompiler -Iruntime $(pkg-config --cflags lua5.4) \
    -o "$SCRATCH/main" -I"$BUILD/import" tests/onnx/main.c tests/onnx/own.c tests/onnx/imported.c tests/unit/onnx_models.c "$BUILD/libcnnc.a" "$BUILD/libcnnrt.a" \
    $LIBRARIES || exit 1

"$SCRATCH/main" --own "$SCRATCH" || status=1

# ---- all of them, by the interpreter -----------------------------------------------------------------------

LEAST=592
"$SCRATCH/main" "$data/node" "$data/pytorch-converted" "$data/pytorch-operator" >"$SCRATCH/said" || status=1
right=$(tail -n 1 "$SCRATCH/said")
grep '^not ok\|^#' "$SCRATCH/said"
if [ "$right" -ge $LEAST ]; then
    echo "ok $LEAST of ONNX' tests or more give their numbers"
else
    echo "not ok only $right of ONNX' tests give their numbers, and $LEAST did"
    status=1
fi

# ---- scripts, there and back ---------------------------------------------------------------------------------

# Those of `cnnc help`, in which every layer and op is.
sh tests/cc.sh $CC -std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -g -O2 $SANITIZERS -Icompiler -Iruntime $(pkg-config --cflags lua5.4) \
    -o "$SCRATCH/export" tests/onnx/export.c tests/onnx/imported.c "$BUILD/libcnnc.a" "$BUILD/libcnnrt.a" \
    $LIBRARIES || exit 1
LEAST_BACK=272
cd "$SCRATCH" || exit 1
for kind in functions layers activations; do "$CNNC" help $kind; done | sed -n 's/^  \([^ ][^ ]*\).*/\1/p' >names
"$CNNC" help ops | sed -n 's/^  \([^ ][^ ]*\).*/\1/p' >>names
mkdir examples && "$CNNC" help -- $(sort -u names) | awk -f "$TOP/tests/docs/help.awk" names RS= - >said
./export model examples/*.lua "$TOP"/examples/*.lua "$TOP/tests/scripts/broadcast_cell.lua" >said || status=1
back=$(tail -n 1 said)
grep '^not ok\|^#' said
if [ "$back" -ge $LEAST_BACK ]; then
    echo "ok $LEAST_BACK scripts or more, exported, give their numbers"
else
    echo "not ok only $back scripts, exported, give their numbers, and $LEAST_BACK did"
    status=1
fi

# ---- some as C -----------------------------------------------------------------------------------------------

cd "$SCRATCH" || exit 1
for test in node/test_conv_with_strides_and_asymmetric_padding pytorch-converted/test_Conv2d_groups_thnn \
    pytorch-converted/test_Conv3d_stride node/test_convtranspose_pads node/test_maxpool_2d_ceil node/test_lstm_with_peepholes \
    node/test_slice_start_out_of_bounds node/test_gru_batchwise node/test_layer_normalization_4d_axis_negative_2 \
    node/test_matmul_4d node/test_transpose_all_permutations_3 \
    node/test_resize_upsample_scales_cubic pytorch-converted/test_GLU; do
    set -- "$data/$test/model.onnx" --batch keep --target generic --name net -o net.c
    options=$(./main --binds "$data/$test")
    oldifs=$IFS IFS='
'
    # shellcheck disable=SC2086 # a line each
    set -- "$@" $options
    IFS=$oldifs
    if "$CNNC" "$@" && tcc -w -shared -o net.so net.c -lm 2>said && ./main --call "$data/$test" ./net.so; then
        echo "ok ${test#*/} as C"
    else
        cat said
        echo "not ok ${test#*/} as C"
        status=1
    fi
done
exit $status
