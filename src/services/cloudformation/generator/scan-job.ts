import { createHash } from 'node:crypto'
import type { JobCtx } from '../../../kernel/delivery.ts'
import { isAwsError } from '../../../kernel/errors.ts'
import type { FoundResourceType } from '../../../kernel/host.ts'
import type { Tx } from '../../../kernel/records.ts'
import type { ResourceReader } from '../../../kernel/resource.ts'
import { tagsOfList } from '../../../kernel/tag-list.ts'
import { importIdentifier, type Live, readLive } from '../../../stacks/import.ts'
import { knownAs, mentionsOf } from '../../../stacks/relations.ts'
import { type Looking, readerOf } from '../looking.ts'
import { dayMs, mostResources } from './scan-limits.ts'
import {
  type ResourceScan,
  resourceScan,
  type ScannedResource,
  scanByAge,
  scannedMention,
  scannedName,
  scannedResource,
} from './scan-state.ts'

/** Resources read at once, and written in one transaction. */
const batch = 8
const mostMentions = 100

/**
 * Goes through the types of a scan, one after the other. What a type has is written as it is read, its end with the
 * counts: after a crash the type that was under way is begun again, and overwrites what it had.
 */
export async function scanResources({ id }: { id: string }, { host, scope, signal }: JobCtx): Promise<void> {
  for (;;) {
    const scan = await host.records.read(scope, (tx) => tx.get(resourceScan(id)))
    if (scan?.status !== 'IN_PROGRESS') return
    const type = scan.types[scan.done]
    const looking = { host, scope, principal: scan.principal, signal }
    const found = type === undefined ? undefined : await host.resourceType(type)
    const counts = { scanned: 0, read: 0 }
    try {
      for await (const identifiers of inBatches(type === undefined ? undefined : found, readerOf(looking))) {
        counts.scanned += identifiers.length
        if (scan.scanned + counts.scanned > mostResources) break
        const resources = await readAll(type ?? '', found, identifiers, looking)
        counts.read += resources.length
        await host.records.write(scope, (tx) => {
          for (const one of resources) keep(tx, id, one)
        })
      }
    } catch (error) {
      signal.throwIfAborted()
      // Who may not list a type has none of it in the scan.
      if (!isAwsError(error)) unexpected(error, type, host)
    }
    await host.records.write(scope, async (tx) => {
      const now = await tx.get(resourceScan(id))
      if (now?.status === 'IN_PROGRESS' && now.done === scan.done)
        tx.set(resourceScan(id), next(now, counts, host.clock.nowMs()))
    })
  }
}

/** A bug of one type is not the end of a scan. */
function unexpected(error: unknown, what: string | undefined, host: JobCtx['host']): void {
  const detail = error instanceof Error ? error.stack : String(error)
  host.log.error('a scan could not read', { what, error: detail })
}

function next(scan: ResourceScan, counts: Pick<ResourceScan, 'scanned' | 'read'>, nowMs: number): ResourceScan {
  const now = { ...scan, done: scan.done + 1, scanned: scan.scanned + counts.scanned, read: scan.read + counts.read }
  if (now.scanned > mostResources) {
    const reason = `The scan exceeded the limit of ${mostResources} resources.`
    return { ...now, status: 'FAILED', reason, endedAtMs: nowMs }
  }
  return now.done >= now.types.length ? { ...now, status: 'COMPLETE', endedAtMs: nowMs } : now
}

async function* inBatches(found: FoundResourceType | undefined, rx: ResourceReader): AsyncGenerator<string[]> {
  let items: string[] = []
  for await (const identifier of found?.type?.list?.(rx) ?? []) {
    items.push(identifier)
    if (items.length < batch) continue
    yield items
    items = []
  }
  if (items.length > 0) yield items
}

async function readAll(
  type: string,
  found: FoundResourceType | undefined,
  identifiers: readonly string[],
  looking: Looking,
): Promise<ScannedResource[]> {
  const name = found && importIdentifier(found)
  if (!found || name === undefined) return []
  const { host, signal } = looking
  const rx = readerOf(looking)
  const read = await Promise.all(
    identifiers.map(async (identifier) => {
      try {
        const live = await readLive(found, identifier, rx)
        return live && scanned(type, name, identifier, live, found)
      } catch (error) {
        signal.throwIfAborted()
        if (!isAwsError(error)) unexpected(error, `${type} ${identifier}`, host)
        return undefined
      }
    }),
  )
  return read.filter((one) => one !== undefined)
}

function scanned(
  type: string,
  name: string,
  identifier: string,
  live: Live,
  { schema }: FoundResourceType,
): ScannedResource {
  const { state, properties } = live
  const given = schema.tags && properties[schema.tags.property]
  const tags = Array.isArray(given) ? tagsOfList(given) : { ...(given as Record<string, string> | undefined) }
  const names = knownAs(type, state).map(({ value }) => value)
  const mentions = mentionsOf(properties, mostMentions).filter(({ value }) => !names.includes(value))
  return { type, name, identifier, physicalId: state.id, tags, knownAs: [...new Set([...names, identifier])], mentions }
}

function keep(tx: Tx, scan: string, one: ScannedResource): void {
  const at = digest(one.identifier)
  tx.set(scannedResource(scan, one.type, at), one)
  for (const value of one.knownAs) tx.set(scannedName(scan, digest(value), one.type, at), true)
  for (const { value, ...rest } of one.mentions) tx.set(scannedMention(scan, digest(value), one.type, at), rest)
}

/** Identifiers and ARNs may be longer than keys. */
export function digest(value: string): string {
  return createHash('sha256').update(value).digest('base64url')
}

/** Forgets what a scan has found, a month after; and the scans that were forgotten long ago. */
export async function expireScan({ id }: { id: string }, { host, scope }: JobCtx): Promise<void> {
  await host.records.write(scope, async (tx) => {
    for (const record of [scannedResource, scannedName, scannedMention]) tx.clear(record.under(id))
    for await (const [atMs, old] of tx.keys(scanByAge.between([], { to: [host.clock.nowMs() - 60 * dayMs] }), {
      limit: 100,
    })) {
      tx.delete(scanByAge(atMs, old))
      tx.delete(resourceScan(old))
    }
  })
}
