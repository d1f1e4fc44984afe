// Requests and replies of one mounted session, between /dev/fuse and memory that JavaScript sees.
//
// The memory is a row of slots and, behind them, the rings:
//
//   slot 0 | slot 1 | … | slot n-1 | arrived | outgoing | outgoing count | undelivered
//
//   arrived         64 pairs of u32: slot, bytes of the request
//   outgoing        n triples of u32: slot, bytes of payload (or kNoReply), error number
//   outgoing count  one u32: entries of `outgoing` that wait to be sent; JavaScript raises it, sending
//                   sets it to 0
//   undelivered     one u32: replies that the kernel refused since the session began
//
// A request lies at the start of its slot. Its reply is built in the same slot, payload from byte 16
// on; the header is filled in here when the reply leaves. A slot is busy from the arrival of a
// request until its reply left.
#pragma once

#include <node_api.h>

namespace stratus {

// openChannel(fd, slots, slotBytes, spinMicroseconds, onBatch, onEnd): Channel
//
// onBatch(count): void   requests arrived; what is outgoing afterwards is sent
// onEnd(errno): void     no more requests will come
//
// Channel.memory: ArrayBuffer
// Channel.send(): void                            sends what is outgoing
// Channel.sendStatus(low, high, errno): void      answers a request whose slot was given back
// Channel.takeSlot(): number                      makes a free slot busy; -1 when there is none
// Channel.trim(): void                            returns the memory of free slots to the system
// Channel.notify(code, payload): Promise<void>    tells the kernel that its caches are out of date
// Channel.close(): void                           ends the session; the kernel fails what is left
napi_value OpenChannel(napi_env env, napi_callback_info info);

}  // namespace stratus
