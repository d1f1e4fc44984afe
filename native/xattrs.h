// Extended attributes of a path: how commands talk to a mounted file system.
#pragma once

#include <node_api.h>

namespace stratus {

// getxattr(path, name): Promise<Buffer>
napi_value GetXattr(napi_env env, napi_callback_info info);
// setxattr(path, name, value, flags): Promise<void>
napi_value SetXattr(napi_env env, napi_callback_info info);

}  // namespace stratus
