#include "channel.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "task.h"
#include "values.h"

namespace stratus {

namespace {

constexpr uint32_t kBatchMax = 64;
// Batches per wake-up of the event loop, so that sockets and timers get their turn.
constexpr int kRoundsMax = 16;
constexpr uint32_t kNoReply = 0xffffffff;
// Bytes of a slot that `trim` leaves in place; metadata requests fit.
constexpr size_t kKeptBytes = 16 * 1024;
constexpr size_t kPageBytes = 4096;
constexpr napi_type_tag kChannelTag = {0x53747261747573ULL, 0x6368616e6e656cULL};

// Layouts of the kernel's fuse_in_header and fuse_out_header.
struct RequestHeader {
  uint32_t length;
  uint32_t opcode;
  uint64_t unique;
  uint64_t node;
  uint32_t uid;
  uint32_t gid;
  uint32_t pid;
  uint32_t extensions;
};
struct ReplyHeader {
  uint32_t length;
  int32_t error;
  uint64_t unique;
};
static_assert(sizeof(RequestHeader) == 40 && sizeof(ReplyHeader) == 16);
static_assert(offsetof(RequestHeader, unique) == offsetof(ReplyHeader, unique));

struct Arrived {
  uint32_t slot;
  uint32_t bytes;
};
struct Outgoing {
  uint32_t slot;
  uint32_t payload_bytes;
  uint32_t error;
};

uint64_t MonotonicMicroseconds() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000000 + static_cast<uint64_t>(now.tv_nsec) / 1000;
}

struct Channel {
  napi_env env = nullptr;
  int fd = -1;
  uint32_t slot_count = 0;
  uint32_t slot_bytes = 0;
  uint32_t spin_microseconds = 0;

  char* memory = nullptr;
  Arrived* arrived = nullptr;
  Outgoing* outgoing = nullptr;
  uint32_t* outgoing_count = nullptr;
  uint32_t* undelivered = nullptr;
  std::vector<uint32_t> free_slots;
  std::vector<uint8_t> busy;
  std::vector<uint8_t> grown;

  uv_poll_t poll;
  bool listening = false;
  bool ended = false;
  bool closed = false;
  // The JavaScript object and the libuv handle. Whichever goes last frees this.
  int owners = 0;

  napi_ref self = nullptr;
  napi_ref memory_value = nullptr;
  napi_ref on_batch = nullptr;
  napi_ref on_end = nullptr;
  napi_async_context async_context = nullptr;
  napi_async_cleanup_hook_handle cleanup = nullptr;

  char* Slot(uint32_t slot) { return memory + static_cast<size_t>(slot) * slot_bytes; }
};

void Disown(Channel* channel) {
  if (--channel->owners == 0) delete channel;
}

void OnReadable(uv_poll_t* handle, int status, int events);

void Listen(Channel* channel) {
  if (channel->listening || channel->ended || channel->closed) return;
  channel->listening = uv_poll_start(&channel->poll, UV_READABLE, OnReadable) == 0;
}

void StopListening(Channel* channel) {
  if (!channel->listening) return;
  uv_poll_stop(&channel->poll);
  channel->listening = false;
}

void OnHandleClosed(uv_handle_t* handle) {
  auto* channel = static_cast<Channel*>(handle->data);
  if (channel->cleanup != nullptr) napi_remove_async_cleanup_hook(channel->cleanup);
  Disown(channel);
}

// Ends the session without touching JavaScript: also used while the environment is torn down.
void CloseDescriptor(Channel* channel) {
  if (channel->closed) return;
  StopListening(channel);
  channel->closed = true;
  uv_close(reinterpret_cast<uv_handle_t*>(&channel->poll), OnHandleClosed);
  close(channel->fd);
  channel->fd = -1;
}

void OnEnvironmentCleanup(napi_async_cleanup_hook_handle handle, void* data) {
  auto* channel = static_cast<Channel*>(data);
  if (channel->closed) return;  // OnHandleClosed is on its way and removes the hook.
  channel->cleanup = handle;
  CloseDescriptor(channel);
}

void Release(Channel* channel, uint32_t slot) {
  channel->busy[slot] = 0;
  channel->free_slots.push_back(slot);
  Listen(channel);
}

int WriteAll(Channel* channel, const void* bytes, size_t count) {
  ssize_t written = 0;
  do {
    written = write(channel->fd, bytes, count);
  } while (written < 0 && errno == EINTR);
  return written < 0 ? errno : 0;
}

// Sends one reply. A program must never wait for ever, so a reply that the kernel refuses is
// followed by an error. ENOENT is no refusal: the request was aborted.
void SendReply(Channel* channel, ReplyHeader* header) {
  int error = WriteAll(channel, header, header->length);
  if (error == 0 || error == ENOENT || error == ENODEV || error == EPERM) return;
  *channel->undelivered += 1;
  ReplyHeader failure{sizeof(ReplyHeader), -EIO, header->unique};
  WriteAll(channel, &failure, sizeof failure);
}

void Send(Channel* channel) {
  const uint32_t count = std::min(*channel->outgoing_count, channel->slot_count);
  *channel->outgoing_count = 0;
  for (uint32_t i = 0; i < count; i++) {
    const Outgoing out = channel->outgoing[i];
    if (out.slot >= channel->slot_count || !channel->busy[out.slot]) {
      *channel->undelivered += 1;
      continue;
    }
    if (out.payload_bytes != kNoReply && !channel->closed) {
      auto* header = reinterpret_cast<ReplyHeader*>(channel->Slot(out.slot));
      const bool fits = out.payload_bytes <= channel->slot_bytes - sizeof(ReplyHeader);
      const uint32_t error = fits ? out.error : EIO;
      if (!fits) *channel->undelivered += 1;
      header->length =
          static_cast<uint32_t>(sizeof(ReplyHeader)) + (error == 0 ? out.payload_bytes : 0);
      header->error = -static_cast<int32_t>(error);
      if (header->length > kKeptBytes) channel->grown[out.slot] = 1;
      SendReply(channel, header);
    }
    Release(channel, out.slot);
  }
}

void Call(Channel* channel, napi_ref callback, uint32_t argument) {
  napi_env env = channel->env;
  napi_handle_scope scope;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  napi_value self = nullptr;
  napi_value function = nullptr;
  napi_value result = nullptr;
  napi_get_reference_value(env, channel->self, &self);
  napi_get_reference_value(env, callback, &function);
  const napi_value value = FromUint32(env, argument);
  const napi_status status =
      napi_make_callback(env, channel->async_context, self, function, 1, &value, &result);
  if (status == napi_pending_exception) {
    napi_value exception = nullptr;
    napi_get_and_clear_last_exception(env, &exception);
    napi_fatal_exception(env, exception);
  }
  napi_close_handle_scope(env, scope);
}

void End(Channel* channel, int error) {
  if (channel->ended || channel->closed) return;
  StopListening(channel);
  channel->ended = true;
  Call(channel, channel->on_end, static_cast<uint32_t>(error));
}

// Reads what is there, up to a batch. Returns an error number that ends the session, or 0.
int ReadBatch(Channel* channel, uint32_t* count) {
  *count = 0;
  while (*count < kBatchMax && !channel->free_slots.empty()) {
    const uint32_t slot = channel->free_slots.back();
    char* bytes = channel->Slot(slot);
    const ssize_t length = read(channel->fd, bytes, channel->slot_bytes);
    if (length < 0) {
      if (errno == EINTR || errno == ENOENT) continue;  // ENOENT: interrupted while we read it.
      return errno == EAGAIN ? 0 : errno;
    }
    if (length == 0) return ENODEV;
    const auto* header = reinterpret_cast<const RequestHeader*>(bytes);
    const auto size = static_cast<size_t>(length);
    if (size < sizeof(RequestHeader) || header->length != size) {
      *channel->undelivered += 1;
      continue;
    }
    if (size > kKeptBytes) channel->grown[slot] = 1;
    channel->free_slots.pop_back();
    channel->busy[slot] = 1;
    channel->arrived[*count] = {slot, static_cast<uint32_t>(length)};
    *count += 1;
  }
  return 0;
}

bool SpinUntilReadable(Channel* channel) {
  const uint64_t end = MonotonicMicroseconds() + channel->spin_microseconds;
  pollfd descriptor{channel->fd, POLLIN, 0};
  do {
    if (poll(&descriptor, 1, 0) > 0) return true;
  } while (MonotonicMicroseconds() < end);
  return false;
}

void OnReadable(uv_poll_t* handle, int status, int) {
  auto* channel = static_cast<Channel*>(handle->data);
  // libuv stops a handle whose descriptor reports an error by itself.
  if (status < 0) channel->listening = false;
  for (int round = 0; round < kRoundsMax; round++) {
    uint32_t count = 0;
    const int error = ReadBatch(channel, &count);
    if (count != 0) {
      Call(channel, channel->on_batch, count);
      Send(channel);
    }
    if (channel->closed) return;
    if (error != 0) return End(channel, error);
    if (status < 0) return End(channel, ENODEV);
    // Level-triggered: without room for a request, waiting would be a busy loop.
    if (channel->free_slots.empty()) return StopListening(channel);
    if (count != 0) continue;
    if (round == 0 || channel->spin_microseconds == 0 || !SpinUntilReadable(channel)) return;
  }
}

Channel* Unwrap(napi_env env, napi_value value) {
  bool tagged = false;
  void* channel = nullptr;
  if (napi_check_object_type_tag(env, value, &kChannelTag, &tagged) != napi_ok || !tagged ||
      napi_unwrap(env, value, &channel) != napi_ok) {
    napi_throw_type_error(env, "ERR_INVALID_THIS", "a channel is expected");
    return nullptr;
  }
  return static_cast<Channel*>(channel);
}

napi_value SendMethod(napi_env env, napi_callback_info info) {
  Arguments<0> arguments;
  if (!arguments.Read(env, info)) return nullptr;
  Channel* channel = Unwrap(env, arguments.self);
  if (channel != nullptr) Send(channel);
  return nullptr;
}

napi_value SendStatusMethod(napi_env env, napi_callback_info info) {
  Arguments<3> arguments;
  uint32_t low = 0;
  uint32_t high = 0;
  uint32_t error = 0;
  if (!arguments.Read(env, info) || !ToUint32(env, arguments[0], &low) ||
      !ToUint32(env, arguments[1], &high) || !ToUint32(env, arguments[2], &error)) {
    return nullptr;
  }
  Channel* channel = Unwrap(env, arguments.self);
  if (channel == nullptr || channel->closed) return nullptr;
  ReplyHeader header{sizeof(ReplyHeader), -static_cast<int32_t>(error),
                     static_cast<uint64_t>(high) << 32 | low};
  SendReply(channel, &header);
  return nullptr;
}

napi_value TakeSlotMethod(napi_env env, napi_callback_info info) {
  Arguments<0> arguments;
  if (!arguments.Read(env, info)) return nullptr;
  Channel* channel = Unwrap(env, arguments.self);
  if (channel == nullptr) return nullptr;
  if (channel->free_slots.empty()) return FromInt32(env, -1);
  const uint32_t slot = channel->free_slots.back();
  channel->free_slots.pop_back();
  channel->busy[slot] = 1;
  return FromUint32(env, slot);
}

napi_value TrimMethod(napi_env env, napi_callback_info info) {
  Arguments<0> arguments;
  if (!arguments.Read(env, info)) return nullptr;
  Channel* channel = Unwrap(env, arguments.self);
  if (channel == nullptr || channel->slot_bytes <= kKeptBytes) return nullptr;
  for (const uint32_t slot : channel->free_slots) {
    if (!channel->grown[slot]) continue;
    madvise(channel->Slot(slot) + kKeptBytes, channel->slot_bytes - kKeptBytes, MADV_DONTNEED);
    channel->grown[slot] = 0;
  }
  return nullptr;
}

// The kernel takes locks that programs hold while they wait for us, so never in the serving thread.
class NotifyTask : public Task {
 public:
  NotifyTask() : Task("notify") {}
  ~NotifyTask() override {
    if (fd >= 0) close(fd);
  }
  int fd = -1;
  int32_t code = 0;
  std::vector<uint8_t> payload;

 protected:
  int Run() override {
    ReplyHeader header{static_cast<uint32_t>(sizeof(ReplyHeader) + payload.size()), code, 0};
    iovec parts[] = {{&header, sizeof header}, {payload.data(), payload.size()}};
    ssize_t written = 0;
    do {
      written = writev(fd, parts, 2);
    } while (written < 0 && errno == EINTR);
    return written < 0 ? errno : 0;
  }
};

napi_value NotifyMethod(napi_env env, napi_callback_info info) {
  Arguments<2> arguments;
  auto task = std::make_unique<NotifyTask>();
  if (!arguments.Read(env, info) || !ToInt32(env, arguments[0], &task->code) ||
      !ToBytes(env, arguments[1], &task->payload)) {
    return nullptr;
  }
  Channel* channel = Unwrap(env, arguments.self);
  if (channel == nullptr) return nullptr;
  if (channel->closed) return ThrowSystemError(env, "notify", EBADF);
  task->fd = fcntl(channel->fd, F_DUPFD_CLOEXEC, 3);
  if (task->fd < 0) return ThrowSystemError(env, "fcntl", errno);
  return Task::Start(env, std::move(task));
}

napi_value CloseMethod(napi_env env, napi_callback_info info) {
  Arguments<0> arguments;
  if (!arguments.Read(env, info)) return nullptr;
  Channel* channel = Unwrap(env, arguments.self);
  if (channel == nullptr || channel->closed) return nullptr;
  CloseDescriptor(channel);
  napi_async_destroy(env, channel->async_context);
  for (napi_ref reference :
       {channel->self, channel->memory_value, channel->on_batch, channel->on_end}) {
    napi_delete_reference(env, reference);
  }
  return nullptr;
}

void OnMemoryUnreferenced(napi_env, void* memory, void* bytes) {
  munmap(memory, reinterpret_cast<size_t>(bytes));
}

void OnObjectUnreferenced(napi_env, void* data, void*) { Disown(static_cast<Channel*>(data)); }

// Allocates slots and rings. Pages come into being when they are first used.
bool AllocateMemory(napi_env env, Channel* channel, napi_value* value) {
  const size_t rings =
      kBatchMax * sizeof(Arrived) + channel->slot_count * sizeof(Outgoing) + 2 * sizeof(uint32_t);
  const size_t slots = static_cast<size_t>(channel->slot_count) * channel->slot_bytes;
  const size_t total = slots + (rings + kPageBytes - 1) / kPageBytes * kPageBytes;
  void* memory =
      mmap(nullptr, total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    ThrowSystemError(env, "mmap", errno);
    return false;
  }
  channel->memory = static_cast<char*>(memory);
  channel->arrived = reinterpret_cast<Arrived*>(channel->memory + slots);
  channel->outgoing = reinterpret_cast<Outgoing*>(channel->arrived + kBatchMax);
  channel->outgoing_count = reinterpret_cast<uint32_t*>(channel->outgoing + channel->slot_count);
  channel->undelivered = channel->outgoing_count + 1;
  for (uint32_t slot = channel->slot_count; slot > 0; slot--) {
    channel->free_slots.push_back(slot - 1);
  }
  channel->busy.assign(channel->slot_count, 0);
  channel->grown.assign(channel->slot_count, 0);
  if (napi_create_external_arraybuffer(env, memory, total, OnMemoryUnreferenced,
                                       reinterpret_cast<void*>(total), value) != napi_ok) {
    munmap(memory, total);
    napi_throw_error(env, nullptr, "external array buffers are not available");
    return false;
  }
  return true;
}

bool StartPolling(napi_env env, Channel* channel) {
  const int flags = fcntl(channel->fd, F_GETFL);
  if (flags < 0 || fcntl(channel->fd, F_SETFL, flags | O_NONBLOCK) != 0) {
    ThrowSystemError(env, "fcntl", errno);
    return false;
  }
  uv_loop_t* loop = nullptr;
  napi_get_uv_event_loop(env, &loop);
  channel->poll.data = channel;
  const int error = uv_poll_init(loop, &channel->poll, channel->fd);
  if (error != 0) {
    ThrowSystemError(env, "uv_poll_init", -error);
    return false;
  }
  return true;
}

napi_value MakeObject(napi_env env, Channel* channel, napi_value memory) {
  napi_value object = nullptr;
  napi_create_object(env, &object);
  napi_set_named_property(env, object, "memory", memory);
  SetFunction(env, object, "send", SendMethod);
  SetFunction(env, object, "sendStatus", SendStatusMethod);
  SetFunction(env, object, "takeSlot", TakeSlotMethod);
  SetFunction(env, object, "trim", TrimMethod);
  SetFunction(env, object, "notify", NotifyMethod);
  SetFunction(env, object, "close", CloseMethod);
  napi_type_tag_object(env, object, &kChannelTag);
  napi_wrap(env, object, channel, OnObjectUnreferenced, nullptr, nullptr);
  return object;
}

}  // namespace

napi_value OpenChannel(napi_env env, napi_callback_info info) {
  Arguments<6> arguments;
  auto channel = std::make_unique<Channel>();
  channel->env = env;
  if (!arguments.Read(env, info) || !ToInt32(env, arguments[0], &channel->fd) ||
      !ToUint32(env, arguments[1], &channel->slot_count) ||
      !ToUint32(env, arguments[2], &channel->slot_bytes) ||
      !ToUint32(env, arguments[3], &channel->spin_microseconds) ||
      !ExpectFunction(env, arguments[4]) || !ExpectFunction(env, arguments[5])) {
    return nullptr;
  }
  if (channel->slot_count == 0 || channel->slot_count > 4096 ||
      channel->slot_bytes < 2 * kPageBytes || channel->slot_bytes % kPageBytes != 0 ||
      channel->slot_bytes > 64 * 1024 * 1024) {
    napi_throw_range_error(env, nullptr, "slots do not have a usable size");
    return nullptr;
  }
  napi_value memory = nullptr;
  if (!AllocateMemory(env, channel.get(), &memory)) return nullptr;
  if (!StartPolling(env, channel.get())) return nullptr;

  Channel* opened = channel.release();
  opened->owners = 2;
  const napi_value object = MakeObject(env, opened, memory);
  napi_value name = nullptr;
  napi_create_string_utf8(env, "stratus_fuse", NAPI_AUTO_LENGTH, &name);
  napi_async_init(env, object, name, &opened->async_context);
  napi_create_reference(env, object, 1, &opened->self);
  napi_create_reference(env, memory, 1, &opened->memory_value);
  napi_create_reference(env, arguments[4], 1, &opened->on_batch);
  napi_create_reference(env, arguments[5], 1, &opened->on_end);
  napi_add_async_cleanup_hook(env, OnEnvironmentCleanup, opened, &opened->cleanup);
  Listen(opened);
  return object;
}

}  // namespace stratus
