# Operations that Cython code calls instead of C's own: they mean what Python's do or raise Unsure.
from libc.math cimport copysign as c_copysign, floor as c_floor, fmod as c_fmod, isfinite as c_isfinite, pow as c_pow
from libc.stdint cimport int64_t
from runtime.compiler.guard import Unsure

cdef extern from *:
    """
    static inline int arxla_add(int64_t a, int64_t b, int64_t *r) { return __builtin_add_overflow(a, b, r); }
    static inline int arxla_sub(int64_t a, int64_t b, int64_t *r) { return __builtin_sub_overflow(a, b, r); }
    static inline int arxla_mul(int64_t a, int64_t b, int64_t *r) { return __builtin_mul_overflow(a, b, r); }
    static inline int64_t arxla_quotient(int64_t a, int64_t b) {
        int64_t q = a / b; return (a % b != 0 && (a < 0) != (b < 0)) ? q - 1 : q; }
    static inline int64_t arxla_rest(int64_t a, int64_t b) {
        int64_t r = a % b; return (r != 0 && (r < 0) != (b < 0)) ? r + b : r; }
    """
    int arxla_add(int64_t a, int64_t b, int64_t *r) nogil
    int arxla_sub(int64_t a, int64_t b, int64_t *r) nogil
    int arxla_mul(int64_t a, int64_t b, int64_t *r) nogil
    int64_t arxla_quotient(int64_t a, int64_t b) nogil
    int64_t arxla_rest(int64_t a, int64_t b) nogil

cdef inline int64_t int_add(int64_t a, int64_t b) except? -98765:
    cdef int64_t r
    if arxla_add(a, b, &r):
        raise Unsure
    return r

cdef inline int64_t int_sub(int64_t a, int64_t b) except? -98765:
    cdef int64_t r
    if arxla_sub(a, b, &r):
        raise Unsure
    return r

cdef inline int64_t int_mul(int64_t a, int64_t b) except? -98765:
    cdef int64_t r
    if arxla_mul(a, b, &r):
        raise Unsure
    return r

cdef inline int64_t int_negative(int64_t a) except? -98765:
    return int_sub(0, a)

cdef inline int64_t int_absolute(int64_t a) except? -98765:
    return int_sub(0, a) if a < 0 else a

cdef inline double real_absolute(double a) noexcept:
    return -a if a < 0 else (a if a != 0 else 0.0)

cdef inline int64_t int_floordiv(int64_t a, int64_t b) except? -98765:
    if b == 0:
        raise Unsure
    return int_sub(0, a) if b == -1 else arxla_quotient(a, b)

cdef inline int64_t int_mod(int64_t a, int64_t b) except? -98765:
    if b == 0:
        raise Unsure
    return 0 if b == -1 else arxla_rest(a, b)

cdef inline double int_truediv(int64_t a, int64_t b) except? -98765.5:
    if b == 0 or a > 9007199254740992 or a < -9007199254740992 or b > 9007199254740992 or b < -9007199254740992:
        raise Unsure
    return <double>a / <double>b

cdef inline double real_truediv(double a, double b) except? -98765.5:
    if b == 0:
        raise Unsure
    return a / b

cdef inline double real_mod(double a, double b) except? -98765.5:
    cdef double r
    if b == 0 or not c_isfinite(a) or not c_isfinite(b):
        raise Unsure
    r = c_fmod(a, b)
    if r != 0:
        return r + b if (b < 0) != (r < 0) else r
    return c_copysign(0.0, b)

cdef inline double real_floordiv(double a, double b) except? -98765.5:
    cdef double r, q, whole
    if b == 0 or not c_isfinite(a) or not c_isfinite(b):
        raise Unsure
    r = c_fmod(a, b)
    q = (a - r) / b
    if r != 0 and (b < 0) != (r < 0):
        q -= 1.0
    if q == 0:
        return c_copysign(0.0, a / b)
    whole = c_floor(q)
    return whole + 1.0 if q - whole > 0.5 else whole

cdef inline int64_t int_power(int64_t a, int64_t b) except? -98765:
    cdef int64_t result = 1, base = a, left = b
    if b < 0:
        raise Unsure
    while left > 0:
        if left & 1:
            result = int_mul(result, base)
        left >>= 1
        if left:
            base = int_mul(base, base)
    return result

cdef inline double real_power(double a, double b) except? -98765.5:
    cdef double result
    if a < 0 and b != c_floor(b) or a == 0 and b < 0:
        raise Unsure
    result = c_pow(a, b)
    if not c_isfinite(result):
        raise Unsure
    return result

cdef inline int64_t int_lshift(int64_t a, int64_t b) except? -98765:
    if b < 0 or b >= 62:
        raise Unsure
    return int_mul(a, <int64_t>1 << b)

cdef inline int64_t int_rshift(int64_t a, int64_t b) except? -98765:
    if b < 0:
        raise Unsure
    return a >> (b if b < 63 else 63)

cdef inline int64_t int_smaller(int64_t a, int64_t b) noexcept:
    return b if b < a else a

cdef inline double real_smaller(double a, double b) noexcept:
    return b if b < a else a

cdef inline int64_t int_larger(int64_t a, int64_t b) noexcept:
    return b if b > a else a

cdef inline double real_larger(double a, double b) noexcept:
    return b if b > a else a

cdef inline int64_t int_to_int(int64_t a) noexcept:
    return a

cdef inline int64_t real_to_int(double a) except? -98765:
    if not (-4.6e18 < a < 4.6e18):
        raise Unsure
    return <int64_t>a

cdef inline double to_float(double a) noexcept:
    return a

cdef inline bint to_bool(double a) noexcept:
    return a != 0

cdef inline int64_t int_bounded(int64_t a) except? -98765:
    if a > 2305843009213693952 or a < -2305843009213693952:
        raise Unsure
    return a

cdef inline int64_t int_exact(int64_t a) except? -98765:
    if a > 9007199254740992 or a < -9007199254740992:
        raise Unsure
    return a

cdef inline double mixed(double value, int64_t code) except? -98765.5:
    if code & 1 == 0:
        if value >= 9007199254740992.0 or value <= -9007199254740992.0:
            raise Unsure
        value += 0.0
    return value

cdef inline int check_depth(int64_t depth) except -1:
    if depth > 400:
        raise Unsure
    return 0
