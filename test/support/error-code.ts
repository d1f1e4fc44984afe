/** Returns the code of what `promise` rejects with, or undefined when it resolves. */
export async function rejectionCode(promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise
    return undefined
  } catch (cause) {
    return (cause as { code?: string }).code ?? String(cause)
  }
}
