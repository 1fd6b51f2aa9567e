// XXH3, inlined, so that it is compiled for the widest vectors of this build; all widths give the
// same sums.
//
// It is long: include it where sums are made, not in a header that many include.
#pragma once

// GCC 12 takes the deliberately undefined vectors of its own AVX-512 header for uninitialised ones
// (GCC bug 105593).
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#define XXH_INLINE_ALL
#include <xxhash.h>
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
