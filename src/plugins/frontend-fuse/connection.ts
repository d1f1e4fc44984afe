import { StratusError } from '../../core/errors.ts'
import type { Operations } from '../../core/operations.ts'
import type { Clock, Logger } from '../../core/services.ts'
import type { Channel, NativeAddon } from './addon.ts'
import { AttributeEncoder } from './attribute-encoder.ts'
import { CacheNotifier } from './cache-notifier.ts'
import { Dispatcher } from './dispatcher.ts'
import { Exchange } from './exchange.ts'
import { Failures } from './failures.ts'
import { type FuseOptions, slowReadsMax } from './options.ts'
import { ReadGate } from './read-gate.ts'
import { References } from './references.ts'
import { Replies } from './replies.ts'
import { DATA_BYTES_MAX, type Negotiation, type Session } from './session.ts'
import { SlotMemory } from './slot-memory.ts'
import { within } from './within.ts'

/** Bytes of a slot: the largest write and, in front of it, its headers. */
const SLOT_BYTES = DATA_BYTES_MAX + 8192

/** What a connection is made of. */
export interface ConnectionParts {
  readonly addon: NativeAddon
  readonly operations: Operations
  readonly options: FuseOptions
  readonly clock: Clock
  readonly logger: Logger
}

/** One session with the kernel: from a mounted descriptor to the last reply. */
export class Connection {
  /** Resolves when INIT is answered. Rejects when the two sides do not understand each other. */
  readonly opened: Promise<Session>
  /** Resolves when no more requests come, all that came are answered, and all references returned. */
  readonly ended: Promise<void>
  /** Drops what the kernel caches. */
  readonly notifier: CacheNotifier

  private readonly clock: Clock
  private readonly logger: Logger
  private readonly channel: Channel
  private readonly memory: SlotMemory
  private readonly references: References
  private readonly replies: Replies
  private readonly dispatcher: Dispatcher
  private settleOpened!: (outcome: Session | StratusError) => void
  private settleEnded!: () => void
  private closing = false
  private undeliveredReported = 0

  /**
   * @param fd - mounted descriptor, owned by the connection from then on
   */
  constructor(fd: number, { addon, operations, options, clock, logger }: ConnectionParts) {
    this.clock = clock
    this.logger = logger
    this.opened = new Promise((resolve, reject) => {
      this.settleOpened = (outcome) =>
        outcome instanceof StratusError ? reject(outcome) : resolve(outcome)
    })
    this.opened.catch(() => {})
    this.ended = new Promise((resolve) => {
      this.settleEnded = resolve
    })
    const { slots, spinMicroseconds } = options
    this.channel = addon.openChannel(
      fd,
      slots,
      SLOT_BYTES,
      spinMicroseconds,
      (count) => this.dispatcher.takeBatch(count),
      () => this.end(),
    )
    this.notifier = new CacheNotifier(this.channel)
    this.memory = new SlotMemory(this.channel.memory, slots, SLOT_BYTES)
    this.references = new References(operations)
    const failures = new Failures(logger)
    this.replies = new Replies(
      operations,
      this.channel,
      this.memory,
      this.references,
      failures,
      slots,
    )
    const exchange = new Exchange(
      operations,
      this.channel,
      this.memory,
      new AttributeEncoder(this.memory, options.validSeconds),
      this.references,
      this.replies,
      failures,
    )
    const gate = new ReadGate(slowReadsMax(options))
    this.dispatcher = new Dispatcher(exchange, gate, options, (outcome) => this.negotiated(outcome))
  }

  /** Requests taken so far. */
  get requests(): number {
    return this.dispatcher.requests
  }

  /** Waits for the end of the session, but no longer than `ms`. Returns whether it came. */
  endedWithin(ms: number): Promise<boolean> {
    return within(this.clock, ms, this.ended)
  }

  /** Resolves once no request came for `ms` and none is under way, or when the session ended. */
  async quiet(ms: number): Promise<void> {
    let seen = -1
    while (seen !== this.requests) {
      await this.replies.idle()
      seen = this.requests
      if (await this.endedWithin(ms)) return
    }
  }

  /** Returns memory that is not needed at present, and reports replies that the kernel refused. */
  housekeep(): void {
    if (this.closing) return
    this.channel.trim()
    const undelivered = this.memory.words[this.memory.undeliveredWord] as number
    if (undelivered === this.undeliveredReported) return
    this.logger.error(
      { count: undelivered - this.undeliveredReported },
      'the kernel refused replies; the programs got EIO',
    )
    this.undeliveredReported = undelivered
  }

  /** Ends the session from this side: the kernel fails requests that were not answered. */
  end(): void {
    if (this.closing) return
    this.closing = true
    this.settleOpened(
      new StratusError('FUSE_UNAVAILABLE', 'the kernel ended the session before it began'),
    )
    this.channel.close()
    void this.replies.idle().then(() => {
      this.references.returnAll()
      this.settleEnded()
    })
  }

  private negotiated(outcome: Negotiation): void {
    switch (outcome.kind) {
      case 'agreed': {
        const { minor, flags } = outcome.session
        this.logger.debug({ minor, flags: `0x${flags.toString(16)}` }, 'session opened')
        this.settleOpened(outcome.session)
        return
      }
      case 'refused':
        this.settleOpened(
          new StratusError('FUSE_UNAVAILABLE', 'the FUSE protocol of this kernel is too old', {
            details: { version: outcome.version },
          }),
        )
        return
      case 'again':
        return
    }
  }
}
