import { writeSync } from 'node:fs'
import { openLmdbStore } from '../../src/store/lmdb.ts'
import { amended, kept, opKey, opValue, sumKeys } from './invariants.ts'

/**
 * A process that the crash tests kill: `node load.ts FOLDER FIRST COUNT CALLERS`. It performs operations FIRST, FIRST+1, …
 * COUNT of them, and says `ack N` on its standard output only after operation N was acknowledged.
 */
const [path, first, count, callers] = process.argv.slice(2)
const store = await openLmdbStore({ path: path! })
writeSync(1, 'open\n')

let next = Number(first)
const last = next + Number(count)
try {
  await Promise.all(
    Array.from({ length: Number(callers) }, async () => {
      while (next < last) {
        const op = next++
        await store.write(async (tx) => {
          tx.set(opKey(op), opValue(op))
          if (op >= kept) tx.delete(opKey(op - kept))
          const sums = await tx.getMany(sumKeys)
          for (const [i, key] of sumKeys.entries()) tx.set(key, amended(sums[i]))
          tx.add(Buffer.from('count'), 1)
          tx.append(Buffer.from('log/'), Buffer.from(String(op)))
        })
        writeSync(1, `ack ${op}\n`)
      }
    }),
  )
} catch (error) {
  writeSync(1, `failed ${error instanceof Error && 'reason' in error ? error.reason : String(error)}\n`)
}
await store[Symbol.asyncDispose]()
writeSync(1, 'closed\n')
