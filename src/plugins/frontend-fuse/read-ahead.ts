import { writeFile } from 'node:fs/promises'
import type { Logger } from '../../core/services.ts'

/**
 * Lets the kernel read ahead further than the 128 KiB that INIT can ask for. Needs root; without it
 * the mount works, with smaller reads.
 *
 * @param device - device number of the mount, `major:minor`
 */
export async function setReadAhead(device: string, bytes: number, logger: Logger): Promise<void> {
  const path = `/sys/class/bdi/${device}/read_ahead_kb`
  try {
    await writeFile(path, String(Math.ceil(bytes / 1024)))
  } catch (error) {
    logger.debug({ path, err: error }, 'the read-ahead window stays as it is')
  }
}
