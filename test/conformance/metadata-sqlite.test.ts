import { describe, it } from 'vitest'
import { metadataStoreCases, registerCases } from '../../src/conformance/index.ts'
import { SqliteStoreSubject } from '../support/metadata-store-subject.ts'

registerCases({ describe, it }, 'metadata-sqlite', metadataStoreCases, {
  create: () => new SqliteStoreSubject(),
})
