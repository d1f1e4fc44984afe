// Tuning of the C allocator for large, short-lived buffers.
#pragma once

#include <node_api.h>

namespace stratus {

// tuneAllocator(): void
napi_value TuneAllocator(napi_env env, napi_callback_info info);

}  // namespace stratus
