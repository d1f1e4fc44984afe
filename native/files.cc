#include "files.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <memory>

#include "task.h"
#include "values.h"

namespace stratus {

namespace {

class FallocateTask : public Task {
 public:
  FallocateTask() : Task("fallocate") {}
  int32_t fd = -1;
  int32_t mode = 0;
  int64_t offset = 0;
  int64_t length = 0;

  bool Read(napi_env env, napi_callback_info info) {
    Arguments<4> arguments;
    return arguments.Read(env, info) && ToInt32(env, arguments[0], &fd) &&
           ToInt32(env, arguments[1], &mode) && ToInt64(env, arguments[2], &offset) &&
           ToInt64(env, arguments[3], &length);
  }

  int Run() override {
    int result = 0;
    do {
      result = fallocate(fd, mode, offset, length);
    } while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : errno;
  }
};

}  // namespace

napi_value Fallocate(napi_env env, napi_callback_info info) {
  auto task = std::make_unique<FallocateTask>();
  if (!task->Read(env, info)) return nullptr;
  return Task::Start(env, std::move(task));
}

napi_value FallocateSync(napi_env env, napi_callback_info info) {
  FallocateTask task;
  if (!task.Read(env, info)) return nullptr;
  const int error = task.Run();
  return error == 0 ? Undefined(env) : ThrowSystemError(env, "fallocate", error);
}

napi_value LockFile(napi_env env, napi_callback_info info) {
  Arguments<1> arguments;
  int32_t fd = -1;
  if (!arguments.Read(env, info) || !ToInt32(env, arguments[0], &fd)) return nullptr;
  int result = 0;
  do {
    result = flock(fd, LOCK_EX | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  if (result == 0) return FromBool(env, true);
  if (errno == EWOULDBLOCK) return FromBool(env, false);
  return ThrowSystemError(env, "flock", errno);
}

}  // namespace stratus
