/* Every name of Keras is in the language or in the table of those that are not, and in one of them only. */
#include "emit/emit.h"
#include "script_support.h"

#include <lauxlib.h>
#include <lualib.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What keras.layers, keras.losses and so on export in Keras 3, without deserialize, serialize and get. */
static const char *const vocabulary[] = {
    "Activation ActivityRegularization Add AdditiveAttention AlphaDropout Attention AugMix AutoContrast Average "
    "AveragePooling1D AveragePooling2D AveragePooling3D AvgPool1D AvgPool2D AvgPool3D BatchNormalization Bidirectional "
    "CategoryEncoding CenterCrop Concatenate Conv1D Conv1DTranspose Conv2D Conv2DTranspose Conv3D Conv3DTranspose "
    "ConvLSTM1D ConvLSTM2D ConvLSTM3D Convolution1D Convolution1DTranspose Convolution2D Convolution2DTranspose "
    "Convolution3D Convolution3DTranspose Cropping1D Cropping2D Cropping3D CutMix Dense DepthwiseConv1D DepthwiseConv2D "
    "Discretization Dot Dropout ELU EinsumDense Embedding Equalization Flatten FlaxLayer GRU GRUCell GaussianDropout "
    "GaussianNoise GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D GlobalAvgPool1D GlobalAvgPool2D "
    "GlobalAvgPool3D GlobalMaxPool1D GlobalMaxPool2D GlobalMaxPool3D GlobalMaxPooling1D GlobalMaxPooling2D "
    "GlobalMaxPooling3D GroupNormalization GroupQueryAttention HashedCrossing Hashing Identity Input InputLayer InputSpec "
    "IntegerLookup JaxLayer LSTM LSTMCell Lambda Layer LayerNormalization LeakyReLU Masking MaxNumBoundingBoxes MaxPool1D "
    "MaxPool2D MaxPool3D MaxPooling1D MaxPooling2D MaxPooling3D Maximum MelSpectrogram Minimum MixUp MultiHeadAttention "
    "Multiply Normalization PReLU Permute Pipeline RMSNormalization RNN RandAugment RandomBrightness "
    "RandomColorDegeneration RandomColorJitter RandomContrast RandomCrop RandomElasticTransform RandomErasing RandomFlip "
    "RandomGaussianBlur RandomGrayscale RandomHue RandomInvert RandomPerspective RandomPosterization RandomRotation "
    "RandomSaturation RandomSharpness RandomShear RandomTranslation RandomZoom ReLU RepeatVector Rescaling Reshape Resizing "
    "STFTSpectrogram SeparableConv1D SeparableConv2D SeparableConvolution1D SeparableConvolution2D SimpleRNN SimpleRNNCell "
    "Softmax Solarization SpatialDropout1D SpatialDropout2D SpatialDropout3D SpectralNormalization StackedRNNCells "
    "StringLookup Subtract TFSMLayer TextVectorization TimeDistributed TorchModuleWrapper UnitNormalization UpSampling1D "
    "UpSampling2D UpSampling3D Wrapper ZeroPadding1D ZeroPadding2D ZeroPadding3D add average concatenate dot maximum "
    "minimum multiply subtract",
    "BinaryCrossentropy BinaryFocalCrossentropy CTC CategoricalCrossentropy CategoricalFocalCrossentropy "
    "CategoricalGeneralizedCrossEntropy CategoricalHinge Circle CosineSimilarity Dice Hinge Huber KLDivergence LogCosh "
    "MeanAbsoluteError MeanAbsolutePercentageError MeanSquaredError MeanSquaredLogarithmicError Poisson "
    "SparseCategoricalCrossentropy SquaredHinge Tversky",
    "AUC Accuracy BinaryAccuracy BinaryIoU CategoricalAccuracy ConcordanceCorrelation F1Score FBetaScore FalseNegatives "
    "FalsePositives IoU LogCoshError Mean MeanIoU MeanMetricWrapper Metric OneHotIoU OneHotMeanIoU PearsonCorrelation "
    "Precision PrecisionAtRecall R2Score Recall RecallAtPrecision RootMeanSquaredError SensitivityAtSpecificity "
    "SparseCategoricalAccuracy SparseTopKCategoricalAccuracy SpecificityAtSensitivity Sum TopKCategoricalAccuracy "
    "TrueNegatives TruePositives",
    "Adadelta Adafactor Adagrad Adam AdamW Adamax Ftrl Lamb Lion LossScaleOptimizer Muon Nadam RMSprop SGD CosineDecay "
    "CosineDecayRestarts ExponentialDecay InverseTimeDecay LearningRateSchedule PiecewiseConstantDecay PolynomialDecay",
    "BackupAndRestore CSVLogger Callback CallbackList EarlyStopping History LambdaCallback LearningRateScheduler "
    "ModelCheckpoint OrbaxCheckpoint ProgbarLogger ReduceLROnPlateau RemoteMonitor SwapEMAWeights TensorBoard TerminateOnNaN",
    "Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity IdentityInitializer LecunNormal LecunUniform Ones "
    "Orthogonal OrthogonalInitializer RandomNormal RandomUniform STFT STFTInitializer TruncatedNormal VarianceScaling Zeros",
    "L1 L1L2 L2 OrthogonalRegularizer Regularizer Constraint MaxNorm MinMaxNorm NonNeg UnitNorm Model Sequential",
};

/* Words that stand for such things, by the argument that takes them. */
static const struct {
    const char *kind, *script, *words;
} spelt[] = {
    {"activation", "Dense{1, activation = '%s'}",
     "celu crelu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu linear "
     "log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink softmax softplus softsign sparse_plus "
     "sparse_sigmoid sparsemax squareplus swish tanh tanh_shrink"},
    {"loss", "Sequential():compile{loss = '%s'}",
     "binary_crossentropy binary_focal_crossentropy categorical_crossentropy categorical_focal_crossentropy "
     "categorical_generalized_cross_entropy categorical_hinge circle cosine_similarity ctc dice hinge huber kl_divergence "
     "log_cosh mean_absolute_error mean_absolute_percentage_error mean_squared_error mean_squared_logarithmic_error poisson "
     "sparse_categorical_crossentropy squared_hinge tversky bce BCE mae MAE mse MSE mape msle kld"},
    {"metric", "Sequential():compile{loss = 'mse', metrics = {'%s'}}",
     "accuracy acc binary_accuracy binary_crossentropy categorical_accuracy categorical_crossentropy concordance_correlation "
     "huber kl_divergence mae mse mean_squared_error mean_absolute_error pearson_correlation poisson AUC Precision Recall "
     "sparse_categorical_accuracy sparse_top_k_categorical_accuracy top_k_categorical_accuracy"},
    {"optimizer", "Sequential():compile{loss = 'mse', optimizer = '%s'}",
     "sgd adam rmsprop adagrad adadelta adamw adamax nadam ftrl lion lamb muon adafactor"},
    {"initializer", "Dense{1, kernel_initializer = '%s'}",
     "zeros ones constant random_normal random_uniform truncated_normal glorot_normal glorot_uniform he_normal he_uniform "
     "lecun_normal lecun_uniform orthogonal variance_scaling identity stft"},
};

/* Runs a script with a name in the place of %s: true if it goes past that, false if the name is told not to be there yet. */
static bool is_there(struct script_fixture *fixture, const char *script, const char *name)
{
    const char *place = strstr(script, "%s");
    script_try(fixture, arena_printf(&fixture->arena, "local it = %.*s%s%s\nerror('past it')\n",
                                     (int)(place - script), script, name, place + strlen("%s")));
    if (strcmp(fixture->diag.message, "past it") == 0)
        return true;
    if (!strstr(fixture->diag.message, " of Keras that cnnc does not have yet") || !fixture->diag.hint)
        fail_msg("%s: %s (%s)", name, fixture->diag.message, fixture->diag.hint ? fixture->diag.hint : "no hint");
    return false;
}

static int count_there(struct script_fixture *fixture, const char *script, const char *names)
{
    int there = 0;
    for (const char *at = names; *at; at += strspn(at, " ")) {
        size_t length = strcspn(at, " ");
        there += is_there(fixture, script, arena_printf(&fixture->arena, "%.*s", (int)length, at));
        at += length;
    }
    return there;
}

static void knows_every_name(void **state)
{
    for (size_t i = 0; i < sizeof vocabulary / sizeof *vocabulary; i++)
        count_there(*state, "%s", vocabulary[i]);
    for (size_t i = 0; i < sizeof spelt / sizeof *spelt; i++)
        assert_true(count_there(*state, spelt[i].script, spelt[i].words) > 0);
}

/* Leaves FIELD of what the module calls MODULE on the stack. */
static lua_State *open_table(const char *module, const char *field)
{
    size_t length;
    char name[64];
    lua_State *lua = luaL_newstate();
    luaL_openlibs(lua);
    snprintf(name, sizeof name, "script/%s.lua", module);
    const char *text = embedded_find(name, &length);
    assert_non_null(text);
    assert_int_equal(luaL_loadbuffer(lua, text, length, name), LUA_OK);
    lua_newtable(lua);
    lua_pushvalue(lua, -1);
    lua_insert(lua, 1);
    assert_int_equal(lua_pcall(lua, 1, 0, 0), LUA_OK);
    lua_getfield(lua, 1, module);
    lua_getfield(lua, -1, field);
    return lua;
}

static void names_of(struct script_fixture *fixture, lua_State *lua, const char *kind, const char *script)
{
    for (lua_pushnil(lua); lua_next(lua, -2); lua_pop(lua, 1))
        if (is_there(fixture, script, lua_tostring(lua, -2)))
            fail_msg("the %s %s is in the language: take it out of keras.lua", kind, lua_tostring(lua, -2));
}

static void no_name_is_in_language_and_table(void **state)
{
    lua_State *lua = open_table("keras", "by_kind");
    int kinds = 0;
    for (lua_pushnil(lua); lua_next(lua, -2); lua_pop(lua, 1), kinds++) {
        const char *kind = lua_tostring(lua, -2), *script = "%s";
        for (size_t i = 0; i < sizeof spelt / sizeof *spelt; i++)
            if (strcmp(spelt[i].kind, kind) == 0)
                script = spelt[i].script;
        names_of(*state, lua, kind, script);
    }
    assert_true(kinds >= 8);
    lua_close(lua);
}

/* Every name with a capital that stands in front of a bracket in `text`. */
static int names_called(struct script_fixture *fixture, const char *text)
{
    const char *const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
    int count = 0;
    for (const char *p = text; *p;) {
        size_t length = strspn(p, letters);
        bool called = length > 0 && *p >= 'A' && *p <= 'Z' && (p[length] == '(' || p[length] == '{');
        const char *name = arena_printf(&fixture->arena, "%.*s", (int)length, p);
        if (called && !is_there(fixture, "%s", name))
            fail_msg("there is no %s, which torch.lua says", name);
        count += called;
        p += length ? length : 1;
    }
    return count;
}

static void what_is_written_for_pytorch_is_there(void **state)
{
    lua_State *lua = open_table("torch", "rows");
    int rows = 0;
    for (lua_pushnil(lua); lua_next(lua, -2); lua_pop(lua, 2), rows++) {
        lua_rawgeti(lua, -1, 2);
        assert_true(names_called(*state, lua_tostring(lua, -1)) > 0);
    }
    assert_true(rows >= 50);
    lua_close(lua);
}

static void neighbours_are_of_the_same_mathematics(void **state)
{
    static const struct {
        const char *script, *message, *hint;
    } cases[] = {
        {"LayerNormalisation()", "unknown name 'LayerNormalisation'", "did you mean 'LayerNormalization'?"},
        {"SpectralNormalisation()", "SpectralNormalization is a layer of Keras that cnnc does not have yet",
         "nothing comes near: BatchNormalization works across the batch, which is another thing"},
        {"LayerNorm()", "unknown name 'LayerNorm'",
         "LayerNorm is PyTorch's; here it is LayerNormalization{epsilon = 1e-5}"},
        {"BatchNormalisation()", "unknown name 'BatchNormalisation'", "did you mean 'BatchNormalization'?"},
        {"MeanMetricWrapper()", "MeanMetricWrapper is a metric of Keras that cnnc does not have yet",
         "nothing comes near: metrics are given by name"},
        {"conv2d(8, 3)", "unknown name 'conv2d'", "did you mean 'Conv2D'?"},
        {"ConvLstm3D(8)", "ConvLSTM3D is a layer of Keras that cnnc does not have yet",
         "ConvLSTM2D: cnnc works on rows, columns and channels"},
        {"Sequential():compile{loss = 'circle'}", "compile: circle is a loss of Keras that cnnc does not have yet",
         "nothing comes near: it compares the samples of a batch with each other"},
        {"Sequential():compile{loss = 'sparse_crossentropy'}", "compile: unknown loss \"sparse_crossentropy\"",
         "did you mean 'sparse_categorical_crossentropy'?"},
        {"pcal(1)", "unknown name 'pcal'", "did you mean 'pcall'?"},
        {"Add1(1)", "unknown name 'Add1'", "did you mean 'Add'?"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct script_fixture *fixture = *state;
        assert_script_error(fixture, arena_printf(&fixture->arena, "\nlocal it = %s\n", cases[i].script), 2,
                            cases[i].message, cases[i].hint);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, script_fixture_open, script_fixture_close)
    const struct CMUnitTest tests[] = {
        TEST(knows_every_name),
        TEST(no_name_is_in_language_and_table),
        TEST(what_is_written_for_pytorch_is_there),
        TEST(neighbours_are_of_the_same_mathematics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
