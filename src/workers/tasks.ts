import { createHash, hash } from 'node:crypto'

/** What workers can do, by name. Inputs and results are structured clones. */
export const tasks: Readonly<Record<string, (input: never) => unknown>> = {
  /** Hex digest of bytes. */
  digest: ({ algorithm, bytes }: { algorithm: string; bytes: Uint8Array }): string =>
    bytes.byteLength > 0 ? createHash(algorithm).update(bytes).digest('hex') : hash(algorithm, ''),
  /** Whether a user's pattern matches; run here because it may backtrack without end. */
  matches: ({ pattern, text }: { pattern: string; text: string }): boolean => new RegExp(pattern, 'u').test(text),
}
