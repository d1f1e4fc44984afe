// mount(2), umount2(2), sync(2), and the socket over which fusermount3 hands its descriptor over.
#pragma once

#include <node_api.h>

namespace stratus {

// mount(source, target, type, flags, data): Promise<void>
napi_value Mount(napi_env env, napi_callback_info info);
// unmount(target, flags): Promise<void>
napi_value Unmount(napi_env env, napi_callback_info info);
// syncAll(): Promise<void>
napi_value SyncAll(napi_env env, napi_callback_info info);
// socketPair(): [number, number]
napi_value SocketPair(napi_env env, napi_callback_info info);
// receiveDescriptor(socket): number, -1 when none was sent
napi_value ReceiveDescriptor(napi_env env, napi_callback_info info);

}  // namespace stratus
