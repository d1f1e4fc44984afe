// Conversions between JavaScript values and C++ ones, and errors that name what failed.
#pragma once

#include <node_api.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace stratus {

// Arguments of one call. After a getter returned false, a TypeError is pending: return nullptr.
template <size_t Count>
struct Arguments {
  napi_value self = nullptr;
  void* data = nullptr;
  napi_value values[Count == 0 ? 1 : Count];

  bool Read(napi_env env, napi_callback_info info) {
    size_t given = Count;
    return napi_get_cb_info(env, info, &given, values, &self, &data) == napi_ok;
  }
  napi_value operator[](size_t index) const { return values[index]; }
};

bool ToString(napi_env env, napi_value value, std::string* out);
bool ToInt32(napi_env env, napi_value value, int32_t* out);
bool ToUint32(napi_env env, napi_value value, uint32_t* out);
bool ToInt64(napi_env env, napi_value value, int64_t* out);
// Copies the bytes of a Uint8Array.
bool ToBytes(napi_env env, napi_value value, std::vector<uint8_t>* out);
bool ExpectFunction(napi_env env, napi_value value);

napi_value FromUint32(napi_env env, uint32_t value);
napi_value FromInt32(napi_env env, int32_t value);
napi_value FromBool(napi_env env, bool value);
napi_value Undefined(napi_env env);

// An Error with `code` (such as ENOENT), `errno` and `syscall`, as Node's own.
napi_value SystemError(napi_env env, const char* syscall, int error);
// Throws such an error. Returns nullptr, so that it can end a callback.
napi_value ThrowSystemError(napi_env env, const char* syscall, int error);

void SetFunction(napi_env env, napi_value object, const char* name, napi_callback callback);

}  // namespace stratus
