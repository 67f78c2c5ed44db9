/* array.c -- arrays of known numbers, as the Lua of this folder holds them: what it takes to compute a model's shapes, and to
 * put weights into the order in which layers have them. Each function makes a new array. */
#include "import/import.h"

#include <float.h>
#include <lauxlib.h>
#include <math.h>
#include <string.h>

const char *const array_type_names[] = {"float", "int", "bool", NULL};
static const char *const array_metatable = "cnnc.array";
/* Lists of Lua are for shapes and the like. */
enum { LIST_MAX = 1 << 16 };

/* One without memory for its numbers. */
static struct array *push_empty(lua_State *lua, enum array_type type, int rank, const int64_t *dim)
{
    struct array *array = arena_alloc(script_of(lua)->arena, sizeof *array);
    *array = (struct array){.type = type, .rank = rank, .count = 1};
    for (int i = 0; i < rank; i++) {
        if (dim[i] < 0 || (dim[i] > 0 && array->count > INT64_MAX / 64 / dim[i]))
            luaL_error(lua, "an array cannot have such lengths");
        array->dim[i] = dim[i];
        array->count *= dim[i];
    }
    *(struct array **)lua_newuserdatauv(lua, sizeof array, 0) = array;
    luaL_setmetatable(lua, array_metatable);
    return array;
}

struct array *array_push(lua_State *lua, enum array_type type, int rank, const int64_t *dim)
{
    struct array *array = push_empty(lua, type, rank, dim);
    struct arena *arena = script_of(lua)->arena;
    if (type == ARRAY_FLOAT)
        array->floats = arena_array(arena, array->count, sizeof *array->floats);
    else
        array->whole = arena_array(arena, array->count, sizeof *array->whole);
    return array;
}

/* The same numbers by other lengths, of which there are as many. */
static struct array *push_view(lua_State *lua, const struct array *of, int rank, const int64_t *dim)
{
    struct array *array = push_empty(lua, of->type, rank, dim);
    array->floats = of->floats;
    array->whole = of->whole;
    array->element = of->element;
    return array;
}

struct array *array_check(lua_State *lua, int index)
{
    return *(struct array **)luaL_checkudata(lua, index, array_metatable);
}

static enum array_type check_type(lua_State *lua, int index)
{
    return (enum array_type)luaL_checkoption(lua, index, NULL, array_type_names);
}

/* The list of integers at `index`, at most ARRAY_RANK_MAX. */
static int check_list(lua_State *lua, int index, int64_t *list)
{
    luaL_checktype(lua, index, LUA_TTABLE);
    lua_Unsigned length = lua_rawlen(lua, index);
    if (length > ARRAY_RANK_MAX)
        luaL_error(lua, "an array has at most %d axes", ARRAY_RANK_MAX);
    for (int i = 0; i < (int)length; i++) {
        lua_rawgeti(lua, index, i + 1);
        list[i] = luaL_checkinteger(lua, -1);
        lua_pop(lua, 1);
    }
    return (int)length;
}

static bool is_float(const struct array *array) { return array->type == ARRAY_FLOAT; }

static double number_at(const struct array *array, int64_t i)
{
    return is_float(array) ? (double)array->floats[i] : (double)array->whole[i];
}

static int64_t whole_of(double number)
{
    return number >= 9.2e18 ? INT64_MAX : number <= -9.2e18 ? INT64_MIN : isnan(number) ? 0 : (int64_t)number;
}

static void set_number(struct array *array, int64_t i, double number)
{
    if (is_float(array))
        array->floats[i] = (float)number;
    else
        array->whole[i] = array->type == ARRAY_BOOL ? number != 0 : whole_of(number);
}

static void copy_number(struct array *to, int64_t i, const struct array *from, int64_t j)
{
    if (is_float(to) && is_float(from))
        to->floats[i] = from->floats[j];
    else if (!is_float(to) && !is_float(from))
        to->whole[i] = to->type == ARRAY_BOOL ? from->whole[j] != 0 : from->whole[j];
    else
        set_number(to, i, number_at(from, j));
}

/* ---- what they are ---- */

/* is_array(value) */
static int is_array(lua_State *lua)
{
    lua_pushboolean(lua, luaL_testudata(lua, 1, array_metatable) != NULL);
    return 1;
}

static int dims(lua_State *lua)
{
    const struct array *array = array_check(lua, 1);
    lua_createtable(lua, array->rank, 0);
    for (int i = 0; i < array->rank; i++) {
        lua_pushinteger(lua, array->dim[i]);
        lua_rawseti(lua, -2, i + 1);
    }
    return 1;
}

static int count(lua_State *lua)
{
    lua_pushinteger(lua, array_check(lua, 1)->count);
    return 1;
}

/* element(array): the type that it had in the file, "uint8"; nil: it was computed */
static int element(lua_State *lua)
{
    lua_pushstring(lua, array_check(lua, 1)->element);
    return 1;
}

static int type(lua_State *lua)
{
    lua_pushstring(lua, array_type_names[array_check(lua, 1)->type]);
    return 1;
}

/* list(array): its numbers */
static int list(lua_State *lua)
{
    const struct array *array = array_check(lua, 1);
    if (array->count > LIST_MAX)
        return luaL_error(lua, "a list may have %d numbers, not more", LIST_MAX);
    lua_createtable(lua, (int)array->count, 0);
    for (int64_t i = 0; i < array->count; i++) {
        if (is_float(array))
            lua_pushnumber(lua, (double)array->floats[i]);
        else
            lua_pushinteger(lua, array->whole[i]);
        lua_rawseti(lua, -2, i + 1);
    }
    return 1;
}

/* ---- making them ---- */

/* from(type, dims, list) */
static int from(lua_State *lua)
{
    int64_t dim[ARRAY_RANK_MAX];
    int rank = check_list(lua, 2, dim);
    luaL_checktype(lua, 3, LUA_TTABLE);
    struct array *array = array_push(lua, check_type(lua, 1), rank, dim);
    if ((lua_Unsigned)array->count != lua_rawlen(lua, 3))
        return luaL_error(lua, "an array of other lengths than its list");
    for (int64_t i = 0; i < array->count; i++) {
        lua_rawgeti(lua, 3, i + 1);
        if (!is_float(array) && lua_isinteger(lua, -1))
            array->whole[i] = lua_tointeger(lua, -1);
        else
            set_number(array, i, luaL_checknumber(lua, -1));
        lua_pop(lua, 1);
    }
    return 1;
}

/* Are these the strides of all of an array's numbers in their order? */
static bool is_in_order(const struct array *array, int rank, const int64_t *dim, const int64_t *stride,
                        int64_t offset)
{
    int64_t next = 1;
    for (int i = rank - 1; i >= 0; i--) {
        if ((dim[i] != 1 && stride[i] != next) || next > array->count / dim[i])
            return false;
        next *= dim[i];
    }
    return offset == 0 && next == array->count;
}

/* strided(array, dims, strides, offset): number (i, j, ...) is the array's offset + i*strides[1] + j*strides[2] ... */
static int strided(lua_State *lua)
{
    const struct array *array = array_check(lua, 1);
    int64_t dim[ARRAY_RANK_MAX], stride[ARRAY_RANK_MAX], at[ARRAY_RANK_MAX] = {0};
    int rank = check_list(lua, 2, dim);
    int64_t offset = luaL_checkinteger(lua, 4), low = offset, high = offset;
    if (check_list(lua, 3, stride) != rank)
        return luaL_error(lua, "as many strides as axes are needed");
    bool fits = true; /* so that the lengths have a product */
    for (int i = 0; i < rank; i++)
        fits = fits && dim[i] > 0 && dim[i] <= array->count;
    if (fits && is_in_order(array, rank, dim, stride, offset)) {
        push_view(lua, array, rank, dim);
        return 1;
    }
    struct array *result = array_push(lua, array->type, rank, dim);
    for (int i = 0; i < rank && result->count > 0; i++) {
        if (stride[i] > array->count || stride[i] < -array->count)
            return luaL_error(lua, "a stride leaves the array");
        *(stride[i] < 0 ? &low : &high) += stride[i] * (dim[i] - 1);
    }
    if (result->count > 0 && (low < 0 || high >= array->count))
        return luaL_error(lua, "what is taken leaves the array");
    for (int64_t i = 0; i < result->count; i++) {
        copy_number(result, i, array, offset);
        for (int axis = rank - 1; axis >= 0; axis--) {
            offset += stride[axis];
            if (++at[axis] < dim[axis])
                break;
            offset -= stride[axis] * dim[axis];
            at[axis] = 0;
        }
    }
    return 1;
}

/* cast(array, type) */
static int cast(lua_State *lua)
{
    const struct array *array = array_check(lua, 1);
    struct array *result = array_push(lua, check_type(lua, 2), array->rank, array->dim);
    for (int64_t i = 0; i < array->count; i++)
        copy_number(result, i, array, i);
    return 1;
}

/* concat({array, ...}, axis from 1): they differ along this axis alone */
static int concat(lua_State *lua)
{
    luaL_checktype(lua, 1, LUA_TTABLE);
    int n = (int)lua_rawlen(lua, 1), axis = (int)luaL_checkinteger(lua, 2) - 1;
    int64_t dim[ARRAY_RANK_MAX] = {0}, outer = 1, along = 0, inner = 1;
    const struct array *first = NULL;
    for (int i = 1; i <= n; i++, lua_pop(lua, 1)) {
        lua_rawgeti(lua, 1, i);
        const struct array *part = array_check(lua, -1);
        first = first ? first : part;
        if (part->rank != first->rank || axis < 0 || axis >= part->rank)
            return luaL_error(lua, "arrays with other axes cannot be joined");
        for (int j = 0; j < part->rank; j++)
            if (j != axis && part->dim[j] != first->dim[j])
                return luaL_error(lua, "arrays of other lengths cannot be joined");
        along += part->dim[axis];
    }
    if (!first)
        return luaL_error(lua, "there is nothing to join");
    memcpy(dim, first->dim, sizeof dim);
    dim[axis] = along;
    for (int j = 0; j < first->rank; j++)
        *(j < axis ? &outer : &inner) *= j == axis ? 1 : dim[j];
    struct array *result = array_push(lua, first->type, first->rank, dim);
    int64_t begin = 0;
    for (int i = 1; i <= n; i++, lua_pop(lua, 1)) {
        lua_rawgeti(lua, 1, i);
        const struct array *part = array_check(lua, -1);
        int64_t row = part->dim[axis] * inner;
        for (int64_t j = 0; j < outer; j++)
            for (int64_t k = 0; k < row; k++)
                copy_number(result, j * along * inner + begin + k, part, j * row + k);
        begin += row;
    }
    return 1;
}

/* gather(array, indices, axis from 1): an index below 0 counts from the end */
static int gather(lua_State *lua)
{
    const struct array *array = array_check(lua, 1), *index = array_check(lua, 2);
    int axis = (int)luaL_checkinteger(lua, 3) - 1;
    if (axis < 0 || axis >= array->rank || array->rank - 1 + index->rank > ARRAY_RANK_MAX)
        return luaL_error(lua, "there is no such axis to gather along");
    int64_t dim[ARRAY_RANK_MAX], inner = 1, length = array->dim[axis];
    int rank = 0;
    for (int i = 0; i < axis; i++)
        dim[rank++] = array->dim[i];
    for (int i = 0; i < index->rank; i++)
        dim[rank++] = index->dim[i];
    for (int i = axis + 1; i < array->rank; i++)
        inner *= dim[rank++] = array->dim[i];
    struct array *result = array_push(lua, array->type, rank, dim);
    for (int64_t i = 0; i < result->count; i++) {
        int64_t place = whole_of(number_at(index, i / inner % index->count));
        place += place < 0 ? length : 0;
        if (place < 0 || place >= length)
            return luaL_error(lua, "an index lies outside of what it is one of");
        copy_number(result, i, array, (i / inner / index->count * length + place) * inner + i % inner);
    }
    return 1;
}

/* ---- arithmetic ---- */

static double apply_binary(const char *name, double a, double b, bool whole)
{
    switch (name[0]) {
    case 'a': return strcmp(name, "and") == 0 ? a != 0 && b != 0 : a + b;
    case 's': return a - b;
    case 'm': return strcmp(name, "multiply") == 0 ? a * b : strcmp(name, "maximum") == 0 ? fmax(a, b) : fmin(a, b);
    case 'd': return whole ? b != 0 ? trunc(a / b) : 0 : a / b;
    case 'p': return pow(a, b);
    case 'r': return b != 0 ? a - floor(a / b) * b : 0;
    case 'f': return b != 0 ? fmod(a, b) : 0;
    case 'e': return a == b;
    case 'l': return strcmp(name, "less") == 0 ? a < b : a <= b;
    case 'g': return strcmp(name, "greater") == 0 ? a > b : a >= b;
    case 'o': return a != 0 || b != 0;
    case 'x': return (a != 0) != (b != 0);
    default: return NAN;
    }
}

static const char *const binary_names[] = {"add",     "subtract",      "multiply", "divide", "power", "remainder",
                                           "fmod",    "maximum",       "minimum",  "equal",  "less",  "less_equal",
                                           "greater", "greater_equal", "and",      "or",     "xor",   NULL};
enum { FIRST_COMPARISON = 9 };

/* binary(name, a, b): of equal lengths. Comparisons give truth. */
static int binary(lua_State *lua)
{
    int which = luaL_checkoption(lua, 1, NULL, binary_names);
    const struct array *a = array_check(lua, 2), *b = array_check(lua, 3);
    enum array_type of = which >= FIRST_COMPARISON ? ARRAY_BOOL : a->type == ARRAY_FLOAT ? a->type : b->type;
    struct array *result = array_push(lua, of, a->rank, a->dim);
    if (b->count != a->count)
        return luaL_error(lua, "arrays of other lengths");
    for (int64_t i = 0; i < a->count; i++)
        set_number(result, i, apply_binary(binary_names[which], number_at(a, i), number_at(b, i), of == ARRAY_INT));
    return 1;
}

static double negative(double x) { return -x; }

static double not_of(double x) { return x == 0; }

static double reciprocal(double x) { return 1 / x; }

static double sign(double x) { return x > 0 ? 1 : x < 0 ? -1 : x; }

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }

static double softplus(double x) { return fmax(x, 0) + log1p(exp(-fabs(x))); }

static double softsign(double x) { return x / (1 + fabs(x)); }

static double relu(double x) { return fmax(x, 0); }

static double is_nan(double x) { return isnan(x); }

static const struct unary_row {
    const char *name;
    double (*of)(double);
} unaries[] = {{"negative", negative}, {"not", not_of},      {"reciprocal", reciprocal},
               {"sign", sign},         {"sigmoid", sigmoid}, {"softplus", softplus},
               {"softsign", softsign}, {"relu", relu},       {"is_nan", is_nan},
               {"sqrt", sqrt},         {"floor", floor},     {"ceil", ceil},
               {"exponential", exp},   {"log", log},         {"abs", fabs},
               {"round", nearbyint},   {"erf", erf},         {"sin", sin},
               {"cos", cos},           {"tan", tan},         {"asin", asin},
               {"acos", acos},         {"atan", atan},       {"sinh", sinh},
               {"cosh", cosh},         {"tanh", tanh},       {"asinh", asinh},
               {"acosh", acosh},       {"atanh", atanh}};

/* unary(name, array) */
static int unary(lua_State *lua)
{
    const char *name = luaL_checkstring(lua, 1);
    const struct array *array = array_check(lua, 2);
    for (size_t i = 0; i < sizeof unaries / sizeof *unaries; i++)
        if (strcmp(unaries[i].name, name) == 0) {
            struct array *result = array_push(lua, array->type, array->rank, array->dim);
            for (int64_t j = 0; j < array->count; j++)
                set_number(result, j, unaries[i].of(number_at(array, j)));
            return 1;
        }
    return luaL_error(lua, "no function of numbers is called %s", name);
}

/* product(a, b): of matrices */
static int product(lua_State *lua)
{
    const struct array *a = array_check(lua, 1), *b = array_check(lua, 2);
    if (a->rank != 2 || b->rank != 2 || a->dim[1] != b->dim[0])
        return luaL_error(lua, "these are no matrices that go together");
    int64_t rows = a->dim[0], depth = a->dim[1], columns = b->dim[1];
    struct array *result = array_push(lua, a->type, 2, (const int64_t[]){rows, columns});
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < columns; j++) {
            double sum = 0;
            for (int64_t k = 0; k < depth; k++)
                sum += number_at(a, i * depth + k) * number_at(b, k * columns + j);
            set_number(result, i * columns + j, sum);
        }
    return 1;
}

/* select(condition, a, b): of equal lengths */
static int choose(lua_State *lua)
{
    const struct array *condition = array_check(lua, 1), *a = array_check(lua, 2), *b = array_check(lua, 3);
    struct array *result = array_push(lua, a->type, a->rank, a->dim);
    if (condition->count != a->count || b->count != a->count)
        return luaL_error(lua, "arrays of other lengths");
    for (int64_t i = 0; i < a->count; i++)
        copy_number(result, i, number_at(condition, i) != 0 ? a : b, i);
    return 1;
}

/* reduce(name, array, length): each `length` numbers that follow one another become one */
static int reduce(lua_State *lua)
{
    static const char *const names[] = {"sum", "mean", "product", "max", "min", NULL};
    enum { SUM, MEAN, PRODUCT, MAX, MIN };
    int which = luaL_checkoption(lua, 1, NULL, names);
    const struct array *array = array_check(lua, 2);
    int64_t length = luaL_checkinteger(lua, 3);
    if (length < 1 || array->count % length != 0)
        return luaL_error(lua, "nothing to reduce");
    const int64_t left = array->count / length;
    struct array *result = array_push(lua, array->type, 1, &left);
    for (int64_t i = 0; i < result->count; i++) {
        double value = number_at(array, i * length);
        for (int64_t j = 1; j < length; j++) {
            double next = number_at(array, i * length + j);
            value = which == PRODUCT ? value * next
                    : which == MAX   ? fmax(value, next)
                    : which == MIN   ? fmin(value, next)
                                     : value + next;
        }
        set_number(result, i, which == MEAN ? value / (double)length : value);
    }
    return 1;
}

/* give(parameter, array): the parameter holds these numbers */
static int give(lua_State *lua)
{
    struct parameter *parameter = script_check_tensor(lua, 1)->parameter;
    const struct array *array = array_check(lua, 2);
    if (!parameter || !is_float(array) || shape_count(&parameter->shape) != array->count)
        return luaL_error(lua, "a parameter is given other numbers than it has");
    for (int64_t i = 0; i < array->count; i++)
        if (isinf(array->floats[i])) /* of which masks are made, and which C has no literal of */
            array->floats[i] = copysignf(FLT_MAX, array->floats[i]);
    parameter->values = array->floats;
    return 0;
}

void array_open(lua_State *lua)
{
    static const luaL_Reg functions[] = {
        {"binary", binary},     {"cast", cast},     {"concat", concat}, {"count", count},     {"dims", dims},
        {"from", from},         {"gather", gather}, {"give", give},     {"element", element}, {"product", product},
        {"is_array", is_array}, {"list", list},     {"reduce", reduce}, {"select", choose},   {"strided", strided},
        {"type", type},         {"unary", unary},   {NULL, NULL},
    };
    luaL_newmetatable(lua, array_metatable);
    lua_pop(lua, 1);
    luaL_newlib(lua, functions);
}
