#include "allocator.h"

#include <stdlib.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "values.h"

namespace stratus {

// glibc maps, faults in and unmaps every buffer from 128 KiB on, which costs more than what is then
// done with the bytes. Blocks are at most a few MiB, so they come from the heap instead.
napi_value TuneAllocator(napi_env env, napi_callback_info) {
#ifdef __GLIBC__
  constexpr int kMapFromBytes = 32 * 1024 * 1024;  // the most that old versions accept
  constexpr int kKeepFreeBytes = 128 * 1024 * 1024;
  mallopt(M_MMAP_THRESHOLD, kMapFromBytes);
  mallopt(M_TRIM_THRESHOLD, kKeepFreeBytes);
#endif
  return Undefined(env);
}

}  // namespace stratus
