declare const contract: unique symbol

/**
 * Injection token for the contract `T`.
 *
 * Interface and token share one name, so a constructor reads
 * `@inject(ObjectBackend) private readonly backend: ObjectBackend`.
 */
export type Token<T> = symbol & { readonly [contract]?: T }

/**
 * Returns the token called `name`.
 *
 * Tokens come from the global symbol registry: a plugin that carries its own copy of this package
 * still asks for the same contracts.
 */
export function token<T>(name: string): Token<T> {
  return Symbol.for(`stratusfs:${name}`) as Token<T>
}
