import { alteredOperations } from '../../src/conformance/altered-operations.ts'
import { PosixError } from '../../src/core/errors.ts'
import type { Operations } from '../../src/core/operations.ts'
import { MemoryFrontend } from '../../src/plugins/frontend-memory/memory-frontend.ts'

class AttachesLate extends MemoryFrontend {
  override async attach(operations: Operations): Promise<void> {
    setTimeout(() => void super.attach(operations), 20)
  }
}
class AnswersEioWhenFull extends MemoryFrontend {
  override attach(operations: Operations): Promise<void> {
    return super.attach(
      alteredOperations(operations, {
        async mkdir(...call) {
          try {
            return await operations.mkdir(...call)
          } catch (error) {
            throw error instanceof PosixError && error.errno === 'ENOSPC'
              ? new PosixError('EIO')
              : error
          }
        },
      }),
    )
  }
}
class DoesNotSettle extends MemoryFrontend {
  override attach(operations: Operations): Promise<void> {
    return super.attach(alteredOperations(operations, { settle() {} }))
  }
}
class KeepsReferences extends MemoryFrontend {
  override attach(operations: Operations): Promise<void> {
    return super.attach(alteredOperations(operations, { forget() {} }))
  }
}

/** For each rule, a frontend that breaks that rule and keeps the others. */
export const frontendMutants: Record<string, typeof MemoryFrontend> = {
  'FE-01': AttachesLate,
  'FE-02': AnswersEioWhenFull,
  'FE-03': DoesNotSettle,
  'FE-04': KeepsReferences,
}
