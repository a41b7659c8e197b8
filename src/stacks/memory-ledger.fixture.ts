import type {
  Deployment,
  Ledger,
  Progress,
  ResourceEvent,
  Snapshot,
  StackOutput,
  StackStatus,
  Target,
} from './deployment.ts'
import { Superseded } from './deployment.ts'
import type { JournalEntry } from './journal.ts'
import type { Leftover, StackResource } from './resource.ts'

/** A ledger in memory, for the tests of the engine: what it holds survives a run that is broken off. */
export interface MemoryLedger extends Ledger {
  status: StackStatus | undefined
  outputs: readonly StackOutput[]
  readonly lines: string[]
  readonly resources: Map<string, StackResource>
  readonly entries: Map<string, JournalEntry[]>
  begin(deployment: Deployment, target: Target | undefined): void
  ask(request: NonNullable<Deployment['request']>): void
  readonly ended: boolean
}

/** `onWrite` is called before each durable change, and may throw to break the run off there. */
export function memoryLedger(onWrite: (what: string) => void = () => {}): MemoryLedger {
  let deployment: Deployment | undefined
  let target: Target | undefined
  let asked: ((request: NonNullable<Deployment['request']>) => void) | undefined
  const leftovers = new Map<string, Leftover>()
  const apply = (progress: Progress) => {
    for (const resource of progress.resources ?? []) ledger.resources.set(resource.logicalId, structuredClone(resource))
    for (const id of progress.dropped ?? []) ledger.resources.delete(id)
    for (const leftover of progress.leftovers ?? []) leftovers.set(leftover.key, structuredClone(leftover))
    for (const key of progress.settled ?? []) leftovers.delete(key)
    for (const token of progress.journalDone ?? []) ledger.entries.delete(token)
    for (const event of progress.events ?? []) ledger.lines.push(line(event))
    const { transition } = progress
    if (!transition) return
    ledger.status = transition.status
    ledger.lines.push(`stack ${transition.status}${transition.reason ? `: ${transition.reason}` : ''}`)
    if (transition.reached) ledger.outputs = transition.reached.outputs
    if (transition.next === 'end') deployment = undefined
    else if (deployment) {
      const rolledBack = transition.rolledBack ? { rolledBack: true } : {}
      deployment = { ...deployment, phase: transition.next, ...rolledBack }
    }
  }
  const ledger: MemoryLedger = {
    status: undefined,
    outputs: [],
    lines: [],
    resources: new Map(),
    entries: new Map(),
    get ended() {
      return deployment === undefined
    },
    begin(next, to) {
      deployment = next
      target = to
    },
    ask(request) {
      if (deployment) deployment = { ...deployment, request }
      asked?.(request)
    },
    async read(): Promise<Snapshot> {
      if (!deployment) throw new Superseded('over')
      const resources = [...ledger.resources.values()].map((resource) => structuredClone(resource))
      return { deployment, target, resources, leftovers: [...leftovers.values()], exports: new Map() }
    },
    async commit(progress) {
      if (!deployment) throw new Superseded('over')
      onWrite('commit')
      apply(progress)
    },
    journal: async (token) => structuredClone(ledger.entries.get(token) ?? []),
    async note(token, index, entry, tx) {
      if (!tx) onWrite('note')
      const entries = ledger.entries.get(token) ?? []
      entries[index] = structuredClone(entry)
      ledger.entries.set(token, entries)
    },
    async *requests(signal) {
      while (!signal.aborted) {
        const request = await new Promise<NonNullable<Deployment['request']> | undefined>((resolve) => {
          asked = resolve
          signal.addEventListener('abort', () => resolve(undefined), { once: true })
        })
        if (request) yield request
      }
    },
  }
  return ledger
}

function line({ logicalId, status, reason }: ResourceEvent): string {
  return `${logicalId} ${status}${reason ? `: ${reason}` : ''}`
}
