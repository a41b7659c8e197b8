import type { Reader, Store } from '../../kernel/store.ts'

export interface StoreUnderTest {
  /** A new, empty store. Every call gives another. */
  open(limits?: { transactionBytes?: number; transactionMs?: number }): Promise<Store>
}

/** What the parts of the contract are tested on. */
export interface Subject extends StoreUnderTest {
  /** The store of the running test, empty at its start. */
  readonly store: Store
  /** Writes `key=value` pairs in one transaction. */
  put(...pairs: string[]): Promise<void>
  get(key: string): Promise<string | undefined>
}

export const bytes = (text: string) => Buffer.from(text, 'latin1')
export const text = (value: Uint8Array | undefined) =>
  value === undefined ? undefined : Buffer.from(value).toString('latin1')

export async function all(
  reader: Reader,
  gte: string,
  lt: string,
  options: { limit?: number; reverse?: boolean } = {},
) {
  const found: string[] = []
  for await (const { key, value } of reader.range({ gte: bytes(gte), lt: bytes(lt), ...options })) {
    found.push(`${text(key)}=${text(value)}`)
  }
  return found
}

export const number = (value: Uint8Array | undefined) => (value === undefined ? 0 : Number(text(value)))
export const counter = (value: Uint8Array | undefined) => (value ? Number(Buffer.from(value).readBigInt64BE()) : 0)

/** A promise and its resolver, to hold one transaction in the middle while another runs. */
export const gate = () => Promise.withResolvers<void>()
