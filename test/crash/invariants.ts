import type { Store } from '../../src/kernel/store.ts'

/** An operation deletes the one that came this many before it, so that pages are freed and used again. */
export const kept = 20

export const sumKeys = [Buffer.from('a-sum'), Buffer.from('m-sum'), Buffer.from('z-sum')]
export const opKey = (op: number) => Buffer.from(`op/${String(op).padStart(8, '0')}`)

/** Small, of several pages, or of none of its own, and different for each operation. */
export const opValue = (op: number) => Buffer.alloc(op % 7 === 0 ? 20_000 : op % 3 === 0 ? 1_500 : 100, `value ${op} `)

/** What the sums become: one more, in 200 bytes. */
export function amended(before: Uint8Array | undefined): Buffer {
  return Buffer.from(String(sumOf(before) + 1).padEnd(200))
}

const sumOf = (value: Uint8Array | undefined) => (value ? Number(Buffer.from(value).toString()) : 0)

/**
 * What is wrong with a store after a crash, given which operations were acknowledged before: nothing acknowledged may be
 * missing, and no operation may be there in part.
 */
export async function damage(store: Store, acknowledged: Iterable<number>): Promise<string[]> {
  return store.read(async (tx) => {
    const found: string[] = []
    const entries = new Map<number, Uint8Array>()
    for await (const { key, value } of tx.range({ gte: Buffer.from('op/'), lt: Buffer.from('op0') })) {
      entries.set(Number(Buffer.from(key).toString().slice(3)), Buffer.from(value))
    }
    const log = new Map<number, string>()
    let position = ''
    for await (const { key, value } of tx.range({ gte: Buffer.from('log/'), lt: Buffer.from('log0') })) {
      position = Buffer.from(key).toString('hex')
      log.set(Number(Buffer.from(value).toString()), position)
    }
    for (const op of acknowledged) {
      if (!log.has(op)) found.push(`operation ${op} was acknowledged and is missing`)
    }
    for (const op of log.keys()) {
      const value = entries.get(op)
      if (log.has(op + kept)) {
        if (value) found.push(`operation ${op + kept} is there but what it deleted is too`)
      } else if (!value || Buffer.compare(value, opValue(op)) !== 0) found.push(`operation ${op} is torn`)
    }
    for (const op of entries.keys())
      if (!log.has(op)) found.push(`operation ${op} is there without its entry in the log`)
    const sums = (await tx.getMany(sumKeys)).map(sumOf)
    const count = await tx.get(Buffer.from('count'))
    for (const sum of [...sums, count ? Number(Buffer.from(count).readBigInt64BE()) : 0]) {
      if (sum !== log.size) found.push(`a sum is ${sum} after ${log.size} operations`)
    }
    return found
  })
}
