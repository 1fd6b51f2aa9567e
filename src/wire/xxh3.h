// XXH3, inlined so that it is compiled for the widest vectors of this build. The checksum is the
// same for all widths.
//
// Slow to compile: include it only where checksums are computed.
#pragma once

// GCC 12 reports the intentionally undefined vectors of its AVX-512 header as uninitialised (GCC
// bug 105593).
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
