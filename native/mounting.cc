#include "mounting.h"

#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

#include "task.h"
#include "values.h"

namespace stratus {

namespace {

class MountTask : public Task {
 public:
  MountTask() : Task("mount") {}
  std::string source, target, type, data;
  uint32_t flags = 0;

 protected:
  int Run() override {
    const int result = mount(source.c_str(), target.c_str(), type.c_str(), flags, data.c_str());
    return result == 0 ? 0 : errno;
  }
};

// Never in the serving thread: the kernel writes its cache back through it before it detaches.
class UnmountTask : public Task {
 public:
  UnmountTask() : Task("umount") {}
  std::string target;
  int32_t flags = 0;

 protected:
  int Run() override { return umount2(target.c_str(), flags) == 0 ? 0 : errno; }
};

class SyncTask : public Task {
 public:
  SyncTask() : Task("sync") {}

 protected:
  int Run() override {
    sync();
    return 0;
  }
};

}  // namespace

napi_value Mount(napi_env env, napi_callback_info info) {
  Arguments<5> arguments;
  auto task = std::make_unique<MountTask>();
  if (!arguments.Read(env, info) || !ToString(env, arguments[0], &task->source) ||
      !ToString(env, arguments[1], &task->target) || !ToString(env, arguments[2], &task->type) ||
      !ToUint32(env, arguments[3], &task->flags) || !ToString(env, arguments[4], &task->data)) {
    return nullptr;
  }
  return Task::Start(env, std::move(task));
}

napi_value Unmount(napi_env env, napi_callback_info info) {
  Arguments<2> arguments;
  auto task = std::make_unique<UnmountTask>();
  if (!arguments.Read(env, info) || !ToString(env, arguments[0], &task->target) ||
      !ToInt32(env, arguments[1], &task->flags)) {
    return nullptr;
  }
  return Task::Start(env, std::move(task));
}

napi_value SyncAll(napi_env env, napi_callback_info) {
  return Task::Start(env, std::make_unique<SyncTask>());
}

napi_value SocketPair(napi_env env, napi_callback_info) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return ThrowSystemError(env, "socketpair", errno);
  }
  napi_value result = nullptr;
  napi_create_array_with_length(env, 2, &result);
  napi_set_element(env, result, 0, FromInt32(env, ends[0]));
  napi_set_element(env, result, 1, FromInt32(env, ends[1]));
  return result;
}

napi_value ReceiveDescriptor(napi_env env, napi_callback_info info) {
  Arguments<1> arguments;
  int32_t socket = -1;
  if (!arguments.Read(env, info) || !ToInt32(env, arguments[0], &socket)) return nullptr;

  char byte = 0;
  iovec part{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  ssize_t received = 0;
  do {
    received = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  } while (received < 0 && errno == EINTR);
  if (received < 0 && errno != EAGAIN) return ThrowSystemError(env, "recvmsg", errno);

  int descriptor = -1;
  const cmsghdr* header = received > 0 ? CMSG_FIRSTHDR(&message) : nullptr;
  if (header != nullptr && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
      header->cmsg_len == CMSG_LEN(sizeof(int))) {
    memcpy(&descriptor, CMSG_DATA(header), sizeof descriptor);
  }
  return FromInt32(env, descriptor);
}

}  // namespace stratus
