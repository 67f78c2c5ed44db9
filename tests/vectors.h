/* vectors.h -- of <immintrin.h> what generated code takes, in its place: for a small network that header, of which most is
 * for other instructions, costs a compiler more than all the rest. vectors.sh takes still less of it for gcc, cc.sh includes
 * what comes of that, and tests/app takes the whole.
 *
 * Other compilers than those for which it is known that these parts can stand alone read the whole, too. */
#if defined __x86_64__ && ((__GNUC__ == 12 && !defined __clang__) || (defined __clang__ && __clang_major__ == 14))
#define _IMMINTRIN_H_INCLUDED /* gcc's */
#define __IMMINTRIN_H         /* clang's */
/* clang-format off: each needs those above */
#include <xmmintrin.h>
#include <emmintrin.h>
#include <smmintrin.h>
#include <avxintrin.h>
#include <avx2intrin.h>
#include <fmaintrin.h>
#include <avx512fintrin.h>
#include <avx512dqintrin.h>
/* clang-format on */
#endif
