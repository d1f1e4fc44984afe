// Calls on open files that Node does not offer.
#pragma once

#include <node_api.h>

namespace stratus {

// fallocate(fd, mode, offset, length): Promise<void>
napi_value Fallocate(napi_env env, napi_callback_info info);
// fallocateSync(fd, mode, offset, length): void
napi_value FallocateSync(napi_env env, napi_callback_info info);
// lockFile(fd): boolean
napi_value LockFile(napi_env env, napi_callback_info info);

}  // namespace stratus
