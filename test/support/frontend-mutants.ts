import {
  alteredOperations,
  type Fixture,
  type FrontendSubject,
} from '../../src/conformance/index.ts'
import { PosixError } from '../../src/core/errors.ts'
import type { Operations } from '../../src/core/operations.ts'
import { MemoryFrontend } from '../../src/plugins/frontend-memory/memory-frontend.ts'
import { MemoryFrontendSubject } from './memory-frontend-subject.ts'

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
export const frontendMutants: Readonly<Record<string, Fixture<FrontendSubject>>> = {
  'FE-01': { create: () => new MemoryFrontendSubject(AttachesLate) },
  'FE-02': { create: () => new MemoryFrontendSubject(AnswersEioWhenFull) },
  'FE-03': { create: () => new MemoryFrontendSubject(DoesNotSettle) },
  'FE-04': { create: () => new MemoryFrontendSubject(KeepsReferences) },
}
