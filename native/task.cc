#include "task.h"

#include <cerrno>

#include "values.h"

namespace stratus {

napi_value Task::Start(napi_env env, std::unique_ptr<Task> task) {
  napi_value promise = nullptr;
  napi_value name = nullptr;
  napi_create_string_utf8(env, task->syscall_, NAPI_AUTO_LENGTH, &name);
  if (napi_create_promise(env, &task->deferred_, &promise) != napi_ok) return nullptr;
  const napi_status status =
      napi_create_async_work(env, nullptr, name, Execute, Complete, task.get(), &task->work_);
  if (status != napi_ok || napi_queue_async_work(env, task->work_) != napi_ok) {
    napi_reject_deferred(env, task->deferred_, SystemError(env, task->syscall_, EAGAIN));
    return promise;
  }
  task.release();  // Complete owns it from here on.
  return promise;
}

napi_value Task::Result(napi_env env) { return Undefined(env); }

void Task::Execute(napi_env, void* data) {
  auto* task = static_cast<Task*>(data);
  task->error_ = task->Run();
}

void Task::Complete(napi_env env, napi_status status, void* data) {
  std::unique_ptr<Task> task(static_cast<Task*>(data));
  if (status == napi_cancelled) task->error_ = ECANCELED;
  if (task->error_ == 0) {
    napi_resolve_deferred(env, task->deferred_, task->Result(env));
  } else {
    napi_reject_deferred(env, task->deferred_, SystemError(env, task->syscall_, task->error_));
  }
  napi_delete_async_work(env, task->work_);
}

}  // namespace stratus
