/** Resolves in a later turn of the event loop, after input has been served. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/**
 * Does `step` for each item, letting the event loop serve requests in between.
 *
 * @param grain - items done in one turn
 */
export async function inSlices<T>(
  items: Iterable<T>,
  grain: number,
  step: (item: T) => void,
): Promise<void> {
  let left = grain
  for (const item of items) {
    step(item)
    if (--left === 0) {
      left = grain
      await nextTurn()
    }
  }
}
