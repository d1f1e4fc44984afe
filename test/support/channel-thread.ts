import { MessageChannel, type MessagePort } from 'node:worker_threads'
import type { PipelineUnit } from '../../src/engine/pipeline/pipeline-unit.ts'
import type { PipelineThread } from '../../src/engine/pipeline/worker-protocol.ts'
import { servePipeline } from '../../src/engine/pipeline/worker-server.ts'

/**
 * A pipeline thread without a thread: a unit served over a channel.
 *
 * Messages are cloned and buffers detached as between threads, and a test can let it die.
 */
export class ChannelThread implements PipelineThread {
  readonly port: MessagePort
  /** Resolves when the unit was disposed of. */
  readonly served: Promise<void>
  terminated = false
  private readonly listeners = new Map<string, (value: unknown) => void>()

  constructor(serve: (port: MessagePort) => Promise<void>) {
    const { port1, port2 } = new MessageChannel()
    this.port = port1
    this.served = serve(port2)
  }

  static over(unit: PipelineUnit): ChannelThread {
    return new ChannelThread((port) => servePipeline(port, unit))
  }

  postMessage(message: unknown, transfer: readonly ArrayBuffer[] = []): void {
    this.port.postMessage(message, transfer)
  }

  on(event: string, listener: (value: unknown) => void): void {
    if (event === 'message') this.port.on('message', listener)
    else this.listeners.set(event, listener)
  }

  /** Ends as a thread does that runs out of memory. */
  die(): void {
    this.port.close()
    this.listeners.get('error')?.(new Error('out of memory'))
    this.listeners.get('exit')?.(1)
  }

  async terminate(): Promise<void> {
    this.terminated = true
    this.port.close()
  }
}
