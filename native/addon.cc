// The parts of the FUSE frontend and of its clients that JavaScript cannot do.
#include <node_api.h>

#include "allocator.h"
#include "channel.h"
#include "files.h"
#include "mounting.h"
#include "values.h"
#include "xattrs.h"

NAPI_MODULE_INIT() {
  using namespace stratus;
  SetFunction(env, exports, "mount", Mount);
  SetFunction(env, exports, "unmount", Unmount);
  SetFunction(env, exports, "syncAll", SyncAll);
  SetFunction(env, exports, "socketPair", SocketPair);
  SetFunction(env, exports, "receiveDescriptor", ReceiveDescriptor);
  SetFunction(env, exports, "openChannel", OpenChannel);
  SetFunction(env, exports, "getxattr", GetXattr);
  SetFunction(env, exports, "setxattr", SetXattr);
  SetFunction(env, exports, "fallocate", Fallocate);
  SetFunction(env, exports, "fallocateSync", FallocateSync);
  SetFunction(env, exports, "lockFile", LockFile);
  SetFunction(env, exports, "tuneAllocator", TuneAllocator);
  return exports;
}
