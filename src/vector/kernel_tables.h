// The tables of the kernels, for kernels.cpp alone. Those of the other
// architecture are not compiled.
#pragma once

#include "vector/kernels.h"

namespace reel {

extern const Kernel kScalarKernel;
#if defined(__x86_64__)
extern const Kernel kAvx2Kernel;    ///< needs AVX2 and FMA
extern const Kernel kAvx512Kernel;  ///< needs AVX-512 F and BW
#elif defined(__aarch64__)
extern const Kernel kNeonKernel;  ///< part of every AArch64
#endif

}  // namespace reel
