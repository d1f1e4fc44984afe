#include "values.h"

#include <uv.h>

#include <cstring>

namespace stratus {

namespace {

bool Expect(napi_env env, napi_status status, const char* what) {
  if (status == napi_ok) return true;
  napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", what);
  return false;
}

}  // namespace

bool ToString(napi_env env, napi_value value, std::string* out) {
  size_t length = 0;
  const napi_status status = napi_get_value_string_utf8(env, value, nullptr, 0, &length);
  if (!Expect(env, status, "a string is expected")) return false;
  out->resize(length);
  napi_get_value_string_utf8(env, value, out->data(), length + 1, &length);
  if (out->find('\0') == std::string::npos) return true;
  return Expect(env, napi_invalid_arg, "a string without NUL is expected");
}

bool ToInt32(napi_env env, napi_value value, int32_t* out) {
  return Expect(env, napi_get_value_int32(env, value, out), "a number is expected");
}

bool ToUint32(napi_env env, napi_value value, uint32_t* out) {
  return Expect(env, napi_get_value_uint32(env, value, out), "a number is expected");
}

bool ToInt64(napi_env env, napi_value value, int64_t* out) {
  return Expect(env, napi_get_value_int64(env, value, out), "a number is expected");
}

bool ToBytes(napi_env env, napi_value value, std::vector<uint8_t>* out) {
  napi_typedarray_type type = napi_int8_array;
  size_t length = 0;
  void* bytes = nullptr;
  napi_status status =
      napi_get_typedarray_info(env, value, &type, &length, &bytes, nullptr, nullptr);
  if (status == napi_ok && type != napi_uint8_array) status = napi_invalid_arg;
  if (!Expect(env, status, "a Uint8Array is expected")) return false;
  const auto* first = static_cast<const uint8_t*>(bytes);
  out->clear();
  if (length != 0) out->assign(first, first + length);
  return true;
}

bool ExpectFunction(napi_env env, napi_value value) {
  napi_valuetype type = napi_undefined;
  napi_status status = napi_typeof(env, value, &type);
  if (status == napi_ok && type != napi_function) status = napi_function_expected;
  return Expect(env, status, "a function is expected");
}

napi_value FromUint32(napi_env env, uint32_t value) {
  napi_value result = nullptr;
  napi_create_uint32(env, value, &result);
  return result;
}

napi_value FromInt32(napi_env env, int32_t value) {
  napi_value result = nullptr;
  napi_create_int32(env, value, &result);
  return result;
}

napi_value FromBool(napi_env env, bool value) {
  napi_value result = nullptr;
  napi_get_boolean(env, value, &result);
  return result;
}

napi_value Undefined(napi_env env) {
  napi_value result = nullptr;
  napi_get_undefined(env, &result);
  return result;
}

napi_value SystemError(napi_env env, const char* syscall, int error) {
  char name[64];
  char text[128];
  uv_err_name_r(-error, name, sizeof name);
  uv_strerror_r(-error, text, sizeof text);
  const std::string message = std::string(syscall) + ": " + text + " (" + name + ")";

  napi_value code = nullptr;
  napi_value message_value = nullptr;
  napi_value syscall_value = nullptr;
  napi_value result = nullptr;
  napi_create_string_utf8(env, name, NAPI_AUTO_LENGTH, &code);
  napi_create_string_utf8(env, message.c_str(), message.size(), &message_value);
  napi_create_string_utf8(env, syscall, NAPI_AUTO_LENGTH, &syscall_value);
  napi_create_error(env, code, message_value, &result);
  napi_set_named_property(env, result, "errno", FromInt32(env, error));
  napi_set_named_property(env, result, "syscall", syscall_value);
  return result;
}

napi_value ThrowSystemError(napi_env env, const char* syscall, int error) {
  napi_throw(env, SystemError(env, syscall, error));
  return nullptr;
}

void SetFunction(napi_env env, napi_value object, const char* name, napi_callback callback) {
  napi_value function = nullptr;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, nullptr, &function);
  napi_set_named_property(env, object, name, function);
}

}  // namespace stratus
