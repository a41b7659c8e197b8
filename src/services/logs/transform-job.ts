import type { Job, JobCtx } from '../../kernel/delivery.ts'
import { processorsOf } from '../../telemetry/account-level.ts'
import { indexedNames, indexLines, noteIndexed } from '../../telemetry/field-index.ts'
import { followTransformed, type TransformWork } from '../../telemetry/log-follow.ts'
import { asShown, eventsOf } from '../../telemetry/log-read.ts'
import { chunk, type EventRow, group } from '../../telemetry/log-state.ts'
import { packEvents } from '../../telemetry/log-write.ts'
import { transformed } from './transforming.ts'

/**
 * Takes the events of one chunk through their group's transformer, and has the filters of transformed events look at
 * them then. Events that it can make nothing of in time stay as they came.
 */
export const transformJob = {
  retry: { attempts: 10, minMs: 1_000, maxMs: 60_000 },
  concurrency: 4,
  async run(work: TransformWork, { host, scope, signal }: JobCtx) {
    const { generation, firstAtMs, id } = work
    const at = chunk(generation, firstAtMs, id)
    const found = await host.records.read(scope, async (tx) => {
      const [owner, value] = [await tx.get(group(work.group)), await tx.get(at)]
      if (owner?.generation !== generation || !value || value.transformed) return undefined
      return { owner, value, names: await indexedNames(tx, owner), config: await processorsOf(tx, owner) }
    })
    if (!found) return
    const { owner, value, names, config } = found
    const events = [...eventsOf({ id, firstAtMs, value }, true)]
    const about = { logGroup: owner.name, logStream: value.stream, ...scope }
    const made = config && (await transformed({ host, signal }, { config, messages: messagesOf(events), ...about }))
    const lines = events.map((event, index) => ({ ...event, transformed: made?.[index] }))
    const rows = lines.map((line): EventRow => {
      const row: EventRow = [line.atMs, line.ingestedAtMs, line.message]
      return line.transformed === undefined ? row : [line.atMs, line.ingestedAtMs, line.message, line.transformed]
    })
    const packed = packEvents(rows)
    const shown = lines.map((line) => asShown(line, value.protect))
    // Queries see the fields of what it made.
    const indexed = indexLines(names, shown)
    await host.records.write(scope, async (tx) => {
      const [current, before] = [await tx.get(group(work.group)), await tx.get(at)]
      if (current?.generation !== generation || !before || before.transformed) return
      tx.set(at, { ...before, events: packed, transformed: true, index: indexed.index })
      await noteIndexed(tx, current, [indexed], host.clock.nowMs())
      await followTransformed(tx, current, { firstAtMs, id, lines: shown }, host.deliveries)
    })
  },
  exhausted(_tx, { group: name }, error, { host }) {
    host.log.warn('logs.not-transformed', { group: name, error: error.message })
  },
} satisfies Job<TransformWork>

const messagesOf = (events: readonly { readonly message: string }[]) => events.map(({ message }) => message)
