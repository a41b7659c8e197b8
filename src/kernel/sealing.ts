/**
 * Encrypts what is kept or handed out and nobody but the nodes may read: with a key that all nodes share through the
 * store, so that it opens on every node and after a restart (docs/decisions/003-access.md). Nothing here waits.
 */
export interface Sealing {
  /** `purpose` has a key of its own; `context` (whose it is) must be the same when it is opened. */
  seal(purpose: string, plain: Uint8Array, context?: string): Uint8Array
  /** Undefined when it was not sealed here, for this purpose and context, or is not whole. */
  unseal(purpose: string, sealed: Uint8Array, context?: string): Uint8Array | undefined
}
