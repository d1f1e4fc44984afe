#include "xattrs.h"

#include <sys/xattr.h>

#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "task.h"
#include "values.h"

namespace stratus {

namespace {

// Largest value the kernel passes on, XATTR_SIZE_MAX.
constexpr size_t kValueBytesMax = 64 * 1024;

class GetXattrTask : public Task {
 public:
  GetXattrTask() : Task("getxattr") {}
  std::string path, name;

 protected:
  int Run() override {
    // Room for any value in the first call: attributes that are answers may be computed per call.
    value_.resize(kValueBytesMax);
    const ssize_t length = getxattr(path.c_str(), name.c_str(), value_.data(), value_.size());
    if (length < 0) return errno;
    value_.resize(static_cast<size_t>(length));
    return 0;
  }

  napi_value Result(napi_env env) override {
    napi_value result = nullptr;
    napi_create_buffer_copy(env, value_.size(), value_.data(), nullptr, &result);
    return result;
  }

 private:
  std::vector<char> value_;
};

class SetXattrTask : public Task {
 public:
  SetXattrTask() : Task("setxattr") {}
  std::string path, name;
  std::vector<uint8_t> value;
  int32_t flags = 0;

 protected:
  int Run() override {
    return setxattr(path.c_str(), name.c_str(), value.data(), value.size(), flags) == 0 ? 0
                                                                                        : errno;
  }
};

}  // namespace

napi_value GetXattr(napi_env env, napi_callback_info info) {
  Arguments<2> arguments;
  auto task = std::make_unique<GetXattrTask>();
  if (!arguments.Read(env, info) || !ToString(env, arguments[0], &task->path) ||
      !ToString(env, arguments[1], &task->name)) {
    return nullptr;
  }
  return Task::Start(env, std::move(task));
}

napi_value SetXattr(napi_env env, napi_callback_info info) {
  Arguments<4> arguments;
  auto task = std::make_unique<SetXattrTask>();
  if (!arguments.Read(env, info) || !ToString(env, arguments[0], &task->path) ||
      !ToString(env, arguments[1], &task->name) || !ToBytes(env, arguments[2], &task->value) ||
      !ToInt32(env, arguments[3], &task->flags)) {
    return nullptr;
  }
  return Task::Start(env, std::move(task));
}

}  // namespace stratus
