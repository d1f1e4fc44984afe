import { z } from 'zod'

/**
 * Slots that stay free for other requests while the kernel's background reads and writes, which
 * `maxBackground` bounds, occupy theirs.
 */
const RESERVED_SLOTS = 16

/** Options of the plugin. */
export const fuseOptions = z
  .strictObject({
    maxBackground: z
      .int()
      .min(1)
      .max(1024)
      .default(64)
      .describe('Read-ahead and write-back requests that the kernel may have open at once.'),
    slots: z
      .int()
      .min(24)
      .max(2048)
      .default(96)
      .describe('Requests that may be open at once; each may come to occupy 1 MiB of memory.'),
    spinMicroseconds: z
      .int()
      .min(0)
      .max(1000)
      .default(0)
      .describe('How long to watch for the next request before waiting for it, microseconds.'),
    readAheadBytes: z
      .int()
      .min(0)
      .max(64 * 1024 * 1024)
      .default(1024 * 1024)
      .describe('How far the kernel reads ahead of a sequential reader, bytes.'),
    validSeconds: z
      .int()
      .min(0)
      .max(0xffffffff)
      .default(3600)
      .describe('How long the kernel may keep names and attributes without asking, seconds.'),
    suid: z.boolean().default(false).describe('Honour set-user-id bits. Only when root mounts.'),
    dev: z.boolean().default(false).describe('Honour device files. Only when root mounts.'),
    helper: z
      .string()
      .default('fusermount3')
      .describe('Program that mounts for users other than root.'),
    lingerMs: z
      .int()
      .min(0)
      .default(10_000)
      .describe(
        'How long a mount that was detached, but that another mount namespace or an open file ' +
          'keeps alive, must be quiet before it is ended, milliseconds.',
      ),
  })
  .refine(({ maxBackground, slots }) => slots >= maxBackground + RESERVED_SLOTS, {
    error: `slots must exceed maxBackground by ${RESERVED_SLOTS}`,
    path: ['slots'],
  })

/** Validated options of the plugin. */
export type FuseOptions = z.infer<typeof fuseOptions>

/** Slots that slow reads may occupy. */
export function slowReadsMax(options: FuseOptions): number {
  return options.slots - RESERVED_SLOTS
}
