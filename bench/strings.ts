/**
 * Reading records with and without msgpackr's native part, which a node runs without: `node bench/strings.ts`, then again
 * with MSGPACKR_NATIVE_ACCELERATION_DISABLED=true.
 */

import { Packr } from 'msgpackr'

const packr = new Packr({ useRecords: false, variableMapSize: true, copyBuffers: true, useBigIntExtension: true })
const times = 200_000

const values: Readonly<Record<string, unknown>> = {
  'a message of 200 bytes': { body: 'x'.repeat(200), md5: '0123456789abcdef'.repeat(2), sentAtMs: Date.UTC(2026, 0) },
  'an item of 4,000 accented letters': { json: JSON.stringify({ body: { S: 'é'.repeat(4_000) } }), sizeBytes: 8_004 },
  '40 short strings': Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`name${i}`, `value number ${i}`])),
}

for (const [name, value] of Object.entries(values)) {
  const bytes = Buffer.from(packr.pack(value))
  const read = () => {
    for (let i = 0; i < times; i++) packr.unpack(bytes)
  }
  read()
  const before = process.cpuUsage()
  read()
  const { user, system } = process.cpuUsage(before)
  process.stdout.write(`${name}: ${((user + system) / times).toFixed(2)} µs\n`)
}
