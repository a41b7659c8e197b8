/** Names a stored body. Opaque; kept in a record. A body of at most 16 KB may be kept inside it. */
export interface BlobRef {
  /** Absent when the body is `inline`. */
  readonly id?: string
  readonly inline?: Uint8Array
  readonly sizeBytes: number
}

/**
 * Large immutable bodies. The order is: `put` (body durable, an intent remembered), then the transaction that names
 * the reference and calls `commit(tx, ref)`. A body whose transaction never came is swept after the grace period.
 */
export interface BlobStore extends AsyncDisposable {
  /** Streams a body in; resolves when it is durable. Rejects, leaving nothing, if the source fails or exceeds `maxBytes`. */
  put(
    body: AsyncIterable<Uint8Array> | Uint8Array,
    options?: { maxBytes?: number; signal?: AbortSignal },
  ): Promise<BlobRef>
  /** Joins bodies into one without reading them twice where the implementation can (multipart upload). */
  concat(refs: readonly BlobRef[]): Promise<BlobRef>
  /** Bytes [start, end) in chunks. Throws StoreError('io') when a committed body is missing. */
  get(ref: BlobRef, range?: { start: number; end: number }): AsyncIterable<Uint8Array>
  /** The whole body; for bodies known to be small. */
  bytes(ref: BlobRef): Promise<Uint8Array>
  /** In the transaction that stores `ref`: from here on it is kept. */
  commit(tx: import('./records.ts').Tx, ref: BlobRef): void
  /** In the transaction that drops the last record naming `ref`: it is deleted after the grace period. */
  release(tx: import('./records.ts').Tx, ref: BlobRef): void
  /** A local path holding the whole body, for handing to a process. Read-only; valid while the blob is committed. */
  path(ref: BlobRef): Promise<string>
}
