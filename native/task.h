// Blocking system calls in libuv's thread pool, with a promise for the result.
#pragma once

#include <node_api.h>

#include <memory>

namespace stratus {

// One such call. `Run` executes in a pool thread and must not touch JavaScript.
class Task {
 public:
  explicit Task(const char* syscall) : syscall_(syscall) {}
  virtual ~Task() = default;
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  // Returns a promise. It is rejected with a system error when `Run` answers an error number.
  static napi_value Start(napi_env env, std::unique_ptr<Task> task);

 protected:
  // Does the work. Returns 0 or an error number.
  virtual int Run() = 0;
  // Makes the value of the promise, in the JavaScript thread.
  virtual napi_value Result(napi_env env);

 private:
  static void Execute(napi_env env, void* data);
  static void Complete(napi_env env, napi_status status, void* data);

  const char* syscall_;
  int error_ = 0;
  napi_async_work work_ = nullptr;
  napi_deferred deferred_ = nullptr;
};

}  // namespace stratus
