/**
 * The one place that imports tsyringe.
 *
 * tsyringe refuses to load before `Reflect.getMetadata` exists. Modules load in import order and
 * formatters sort imports, so every file that imported tsyringe itself would depend on luck; here the
 * polyfill always comes first.
 */
import 'reflect-metadata'

export type { DependencyContainer } from 'tsyringe'
export { container as rootContainer, inject, injectable } from 'tsyringe'
