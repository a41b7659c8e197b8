/**
 * The embedded store beside the bare engine: operations per second and CPU time, durable, in one run on one machine.
 * `node bench/store.ts [seconds per measurement]`. Each is split into rounds that take turns, and their median counts, since
 * other work on the machine comes and goes. Bare LMDB retries with its own conditional puts; its move runs on the main thread,
 * one at a time, and so never conflicts.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { open } from 'lmdb'
import { openLmdbStore } from '../src/store/lmdb.ts'

const seconds = Number(process.argv[2] ?? 3)
const rounds = 7
const keys = 10_000
const value = Buffer.alloc(200, 'x')
const keyOf = (n: number) => Buffer.from(`item/${String(n).padStart(8, '0')}`)
const anyKey = () => keyOf(Math.floor(Math.random() * keys))
/** A value that differs from the last, of the same size. */
const changed = (before: Uint8Array | undefined) => {
  const next = Buffer.from(before ?? value)
  next.writeUInt32BE((next.readUInt32BE() + 1) >>> 0)
  return next
}

interface Engine {
  change(key: Buffer): Promise<void>
  insert(key: Buffer): Promise<void>
  /** Takes the first ten of a range and puts them at its end. */
  move(next: () => number): Promise<void>
  close(): Promise<void>
}

interface Measured {
  readonly perSecond: number
  readonly cpuMicros: number
  readonly p50Ms: number
}

async function measure(callers: number, operation: () => Promise<void>): Promise<Measured> {
  const cpu = process.cpuUsage()
  const began = performance.now()
  const times: number[] = []
  await Promise.all(
    Array.from({ length: callers }, async () => {
      for (let now = began; now - began < (seconds * 1_000) / rounds; ) {
        await operation()
        const after = performance.now()
        times.push(after - now)
        now = after
      }
    }),
  )
  const spent = process.cpuUsage(cpu)
  times.sort((a, b) => a - b)
  return {
    perSecond: times.length / ((performance.now() - began) / 1_000),
    cpuMicros: (spent.user + spent.system) / times.length,
    p50Ms: times[times.length >> 1]!,
  }
}

async function ours(path: string): Promise<Engine> {
  const store = await openLmdbStore({ path })
  return {
    change: (key) => store.write(async (tx) => tx.set(key, changed(await tx.get(key)))),
    insert: (key) => store.write((tx) => tx.set(key, value)),
    move: (next) =>
      store.write(async (tx) => {
        for await (const entry of tx.range({ gte: Buffer.from('queue/'), lt: Buffer.from('queue0'), limit: 10 })) {
          tx.delete(entry.key)
          tx.set(Buffer.from(`queue/${String(next()).padStart(12, '0')}`), entry.value)
        }
      }),
    async close() {
      await store[Symbol.asyncDispose]()
    },
  }
}

async function bare(path: string): Promise<Engine> {
  const db = open<Buffer, Buffer>({
    path: join(path, 'bare.mdb'),
    encoding: 'binary',
    keyEncoding: 'binary',
    pageSize: 4_096,
    mapSize: 2 ** 36,
    useVersions: true,
    overlappingSync: false,
  })
  return {
    async change(key) {
      for (;;) {
        const entry = db.getEntry(key)
        const version = entry?.version ?? 0
        const next = changed(entry?.value)
        const won = entry ? db.put(key, next, version + 1, version) : db.ifNoExists(key, () => db.put(key, next, 1))
        if (await won) return
      }
    },
    async insert(key) {
      await db.put(key, value, 1)
    },
    async move(next) {
      await db.transaction(() => {
        const found = [...db.getRange({ start: Buffer.from('queue/'), end: Buffer.from('queue0'), limit: 10 })]
        for (const entry of found) {
          db.remove(entry.key)
          db.put(Buffer.from(`queue/${String(next()).padStart(12, '0')}`), entry.value, 1)
        }
      })
    },
    close: () => db.close(),
  }
}

const folder = mkdtempSync(join(tmpdir(), 'landfall-bench-'))
const engines = { bare: await bare(join(folder, 'bare')), store: await ours(join(folder, 'store')) }
for (const engine of Object.values(engines)) {
  for (let from = 0; from < keys; from += 1_000) {
    await Promise.all(Array.from({ length: 1_000 }, (_, i) => engine.insert(keyOf(from + i))))
  }
  await Promise.all(
    Array.from({ length: 1_000 }, (_, i) => engine.insert(Buffer.from(`queue/${String(i).padStart(12, '0')}`))),
  )
}

let inserted = 0
let moved = 1_000
const hot = Buffer.from('hot')
const scenarios: [name: string, callers: number, (engine: Engine) => Promise<void>][] = [
  ['read-modify-write', 1, (engine) => engine.change(anyKey())],
  ['read-modify-write', 16, (engine) => engine.change(anyKey())],
  ['read-modify-write', 256, (engine) => engine.change(anyKey())],
  ['blind insert', 1, (engine) => engine.insert(Buffer.from(`new/${inserted++}`))],
  ['blind insert', 256, (engine) => engine.insert(Buffer.from(`new/${inserted++}`))],
  ['one hot key', 64, (engine) => engine.change(hot)],
  ['take 10 of a range and move them', 16, (engine) => engine.move(() => moved++)],
]

console.log(
  'scenario (callers)                      ops/s store · bare · ratio    p50 ms store · bare    CPU µs store · bare',
)
for (const [name, callers, operation] of scenarios) {
  const measured: { without: Measured; with_: Measured }[] = []
  for (let round = 0; round < rounds; round++) {
    const without = await measure(callers, () => operation(engines.bare))
    measured.push({ without, with_: await measure(callers, () => operation(engines.store)) })
  }
  // The round in the middle, by ratio: both of its sides ran within a second of each other.
  measured.sort((x, y) => x.with_.perSecond / x.without.perSecond - y.with_.perSecond / y.without.perSecond)
  const { without, with_ } = measured[rounds >> 1]!
  const ratio = (with_.perSecond / without.perSecond).toFixed(2)
  console.log(
    `${`${name} (${callers})`.padEnd(40)}${Math.round(with_.perSecond)} · ${Math.round(without.perSecond)} · ${ratio}`.padEnd(
      70,
    ),
    `${with_.p50Ms.toFixed(2)} · ${without.p50Ms.toFixed(2)}`.padEnd(22),
    `${Math.round(with_.cpuMicros)} · ${Math.round(without.cpuMicros)}`,
  )
}
for (const engine of Object.values(engines)) await engine.close()
rmSync(folder, { recursive: true })
