import { z } from 'zod'
import { parseBytes, parseDuration } from '../quantities.ts'

/** A strict object whose complaint about an unknown key says which keys there are. */
function section<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return undefined
      const keys = issue.keys.map((key) => `"${key}"`).join(', ')
      const word = issue.keys.length === 1 ? 'key' : 'keys'
      return `unknown ${word} ${keys}; known keys: ${Object.keys(shape).join(', ')}`
    },
  })
}

/** A size: bytes as a number, or a text with a unit. */
const bytes = z.union([z.number(), z.string()]).transform((value, context) => {
  const parsed = typeof value === 'number' ? value : parseBytes(value)
  if (parsed !== undefined && Number.isSafeInteger(parsed) && parsed >= 0) return parsed
  context.addIssue(`"${value}" is not a size; write bytes or a unit: 512MiB, 20GiB`)
  return z.NEVER
})

/** A duration: milliseconds as a number, or a text with a unit. */
const duration = z.union([z.number(), z.string()]).transform((value, context) => {
  const parsed = typeof value === 'number' ? value : parseDuration(value)
  if (parsed !== undefined && Number.isSafeInteger(parsed) && parsed >= 0) return parsed
  context.addIssue(`"${value}" is not a duration; write a unit: 10s, 5min, 2h`)
  return z.NEVER
})

/** A plugin by its name, or with its own options, which its own schema checks. */
const plugin = z.union(
  [
    z.string().min(1),
    z.looseObject({ use: z.string({ error: 'say which plugin: use: NAME' }).min(1) }),
  ],
  { error: 'write the name of a plugin, or { use: NAME, … } with its options' },
)

const backend = z.union(
  [
    z.string().min(1),
    z.looseObject({ use: z.string({ error: 'say which backend: use: NAME, or url: URL' }).min(1) }),
    section({ url: z.string().min(1) }),
  ],
  { error: 'write a storage URL, or { use: NAME, … } with the options of the backend' },
)

const secretReference = z
  .string()
  .regex(/^(env|file|cmd):./, 'write where the passphrase is: env:NAME, file:PATH or cmd:COMMAND')

const logLevel = z.enum(['debug', 'info', 'warn', 'error'])

/** Settings of one file system; at the top of the file they are the defaults of all. */
const mountKeys = {
  compressor: plugin.optional(),
  cipher: plugin.optional(),
  dedup: plugin.optional(),
  metadata: plugin.optional(),
  commitLog: plugin.optional(),
  frontend: plugin.optional(),
  splitter: plugin.optional(),
  cache: section({
    use: plugin.optional(),
    path: z.string().min(1).optional(),
    size: bytes.optional(),
  }).optional(),
  commit: section({ interval: duration.optional(), retention: duration.optional() }).optional(),
  fsync: z.enum(['journal', 'cloud']).optional(),
  threads: z.int().min(1).max(256).optional(),
  allowOther: z.boolean().optional(),
  readOnly: z.boolean().optional(),
}

/** One file system that the configuration file gives a name. */
const namedFileSystem = section({
  backend,
  passphrase: secretReference.optional(),
  mountPoint: z.string().startsWith('/', 'write an absolute path').optional(),
  ...mountKeys,
})

/** The configuration file, and the shape that flags and environment are brought to. */
export const configSchema = section({
  version: z.literal(1, { error: 'this program reads version 1' }).optional(),
  passphrase: secretReference.optional(),
  ...mountKeys,
  log: section({ level: logLevel.optional(), file: z.string().min(1).optional() }).optional(),
  plugins: z.array(z.string().min(1)).optional(),
  fileSystems: z
    .record(z.string().regex(/^[\w.-]+$/, 'names are letters, digits, dot, dash'), namedFileSystem)
    .optional(),
})

/** A checked configuration: sizes in bytes, durations in milliseconds. */
export type ConfigTree = z.output<typeof configSchema>

/** One of the file systems in {@link ConfigTree}. */
export type NamedFileSystem = z.output<typeof namedFileSystem>

/** A configuration before it is checked, as flags and environment give it. */
export type ConfigInput = z.input<typeof configSchema>
