import type { Bounds, Key, KeyPart, KeyRange, RecordType, ScopeKind } from '../kernel/records.ts'

export interface RecordOptions {
  /** Of the value's shape; 1 at first. A stored value of an earlier version is upgraded when read. */
  readonly version?: number
  /** `upgrade[n]` turns a value of version n into one of version n + 1. One for every version before the current. */
  readonly upgrade?: Readonly<Record<number, (old: never) => unknown>>
  readonly scope?: ScopeKind
  /** Values are decoded once and handed out frozen, the same to everyone: for settings that nearly every request reads. */
  readonly shared?: boolean
}

export interface Keyspace {
  record<V, P extends readonly KeyPart[]>(name: string, options?: RecordOptions): RecordType<V, P>
}

/**
 * The records of one service. `keyspace('sqs').record<Queue, [name: string]>('queue')` declares a record whose keys
 * are account, region, 'sqs', 'queue' and the queue's name. The names are part of what is stored: never change them.
 */
export function keyspace(service: string, defaults: { scope?: ScopeKind } = {}): Keyspace {
  const names = new Set<string>()
  return {
    record<V, P extends readonly KeyPart[]>(name: string, options: RecordOptions = {}): RecordType<V, P> {
      if (names.has(name)) throw new Error(`${service} declares the record ${name} twice.`)
      names.add(name)
      return declare<V, P>(service, name, { ...defaults, ...options })
    },
  }
}

function declare<V, P extends readonly KeyPart[]>(service: string, name: string, options: RecordOptions) {
  const version = options.version ?? 1
  const upgrade = options.upgrade ?? {}
  if (!Number.isInteger(version) || version < 1) throw new Error(`${service} ${name}: versions count from 1.`)
  for (let earlier = 1; earlier < version; earlier++) {
    if (!upgrade[earlier]) throw new Error(`${service} ${name} does not say how to upgrade version ${earlier}.`)
  }

  const record = ((...parts: P): Key<V> => ({ record, parts })) as RecordType<V, P>
  // A function's own name is read-only unless it is defined anew.
  Object.defineProperty(record, 'name', { value: name })
  return Object.assign(record, {
    service,
    scope: options.scope ?? 'regional',
    version,
    upgrade,
    shared: options.shared ?? false,
    under: (...prefix: readonly KeyPart[]): KeyRange<V, P> => ({ record, prefix }),
    between: (prefix: readonly KeyPart[], bounds: Bounds): KeyRange<V, P> => ({ record, prefix, ...ends(bounds) }),
  })
}

function ends({ from, after, to, through }: Bounds): Pick<KeyRange<unknown, KeyPart[]>, 'from' | 'to'> {
  if (from && after) throw new Error('A range begins either `from` or `after` a key.')
  if (to && through) throw new Error('A range ends either before (`to`) or after (`through`) a key.')
  const low = from ?? after
  const high = to ?? through
  return {
    ...(low ? { from: { parts: low, inclusive: low === from } } : {}),
    ...(high ? { to: { parts: high, inclusive: high === through } } : {}),
  }
}
