import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Principal } from '../../src/kernel/principal.ts'
import { startNode, type TestNode } from '../harness.ts'

/*
 * Thousands of random writes, deletions and listings, each compared with a model that is a plain map of arrays. The
 * operations run through validation and authorisation like requests, without the cost of signing them.
 */

const scope = { account: '000000000000', region: 'us-east-1' }
const root: Principal = {
  kind: 'root',
  account: scope.account,
  arn: 'arn:aws:iam::000000000000:root',
  userId: scope.account,
}

/** `LANDFALL_MODEL_STEPS=4000` for a long run; another `LANDFALL_MODEL_SEED` for other courses. */
const steps = Number(process.env.LANDFALL_MODEL_STEPS ?? 360)
const firstSeed = Number(process.env.LANDFALL_MODEL_SEED ?? 1)

let node: TestNode
beforeAll(async () => {
  node = await startNode({ ephemeral: true })
})
afterAll(() => node.close())

function call<O = Record<string, never>>(operation: string, input: object): Promise<O> {
  return node.node.host.invoke<O>(`s3:${operation}`, input, { as: root, scope })
}

/** Numbers that look random and are the same in every run. */
function lottery(seed: number) {
  let state = seed
  const below = (n: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * n)
  }
  return {
    below,
    pick: <T>(options: readonly T[]): T => options[below(options.length)]!,
    chance: (n: number) => below(n) === 0,
  }
}
type Lottery = ReturnType<typeof lottery>

interface Version {
  id: string
  /** Absent: a delete marker. */
  body?: string
}
type Status = 'Enabled' | 'Suspended' | undefined

/** What a bucket holds: versions of each key, newest first. */
class Model {
  readonly keys = new Map<string, Version[]>()
  status: Status
  versions(key: string): Version[] {
    return this.keys.get(key) ?? []
  }
  add(key: string, version: Version): void {
    const rest = this.versions(key).filter(
      ({ id }) => this.status !== undefined && (version.id !== 'null' || id !== 'null'),
    )
    this.keys.set(key, [version, ...rest])
  }
  drop(key: string, id: string): void {
    this.keys.set(
      key,
      this.versions(key).filter((one) => one.id !== id),
    )
  }
  /** Keys in the order of their bytes, those without versions left out. */
  sorted(): [string, Version[]][] {
    return [...this.keys]
      .filter(([, versions]) => versions.length > 0)
      .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  }
}

const letters = ['a', 'b', '/', '//', 'é', '\u{1f600}', '\uffee', 'Z', ' ', '+', '%2F', '\u0001']
const randomKey = ({ below, pick }: Lottery) => Array.from({ length: 1 + below(4) }, () => pick(letters)).join('')

interface Group {
  Prefix: string
}

describe.each([firstSeed, firstSeed + 1, firstSeed + 2])('a bucket after random changes (%i)', (seed) => {
  const Bucket = `model-${seed}`
  const random = lottery(seed)
  const model = new Model()

  async function change(step: number): Promise<void> {
    const Key = random.chance(3) && model.keys.size > 0 ? random.pick([...model.keys.keys()]) : randomKey(random)
    const versions = model.versions(Key)
    if (random.chance(40) || step === 100) {
      const Status = random.pick(['Enabled', 'Suspended'] as const)
      await call('PutBucketVersioning', { Bucket, VersioningConfiguration: { Status } })
      model.status = Status
    }
    if (!random.chance(3)) {
      const body = `body ${step}`
      const { VersionId: id = 'null' } = await call<{ VersionId?: string }>('PutObject', {
        Bucket,
        Key,
        Body: Buffer.from(body),
      })
      model.add(Key, { id, body })
    } else if (random.chance(2) && versions.length > 0) {
      const { id } = random.pick(versions)
      await call('DeleteObject', { Bucket, Key, VersionId: id })
      model.drop(Key, id)
    } else {
      const { VersionId: id = 'null' } = await call<{ VersionId?: string }>('DeleteObject', { Bucket, Key })
      if (model.status === undefined) model.drop(Key, 'null')
      else model.add(Key, { id })
    }
    if (random.chance(2)) node.clock.advance(random.pick([1, 999]))
  }

  /** Of a large bucket not the smallest pages, or a long run would do little but ask for those. */
  const pageSize = () => Math.max(random.pick([1, 2, 7, 1000]), Math.ceil(model.keys.size / 200))

  /** What a listing should say: entries and common prefixes, in order. */
  function grouped<T>(entries: [string, T][], prefix: string, delimiter: string) {
    const items: [string, T][] = []
    const prefixes: string[] = []
    for (const [key, value] of entries) {
      if (!key.startsWith(prefix)) continue
      const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
      if (at === -1) items.push([key, value])
      else if (prefixes.at(-1) !== key.slice(0, at + delimiter.length))
        prefixes.push(key.slice(0, at + delimiter.length))
    }
    return { items, prefixes: [...new Set(prefixes)] }
  }

  async function checkObjects(Prefix: string, Delimiter: string, MaxKeys: number): Promise<void> {
    const keys: string[] = []
    const prefixes: string[] = []
    let ContinuationToken: string | undefined
    do {
      const page: {
        Contents?: { Key: string }[]
        CommonPrefixes?: Group[]
        NextContinuationToken?: string
        KeyCount: number
      } = await call('ListObjectsV2', {
        Bucket,
        Prefix,
        Delimiter,
        MaxKeys,
        ...(ContinuationToken && { ContinuationToken }),
      })
      expect(page.KeyCount).toBeLessThanOrEqual(MaxKeys)
      keys.push(...(page.Contents ?? []).map(({ Key }) => Key))
      prefixes.push(...(page.CommonPrefixes ?? []).map((one) => one.Prefix))
      ContinuationToken = page.NextContinuationToken
    } while (ContinuationToken)
    const current = model.sorted().filter(([, versions]) => versions[0]!.body !== undefined)
    const expected = grouped(current, Prefix, Delimiter)
    expect({ keys, prefixes }).toEqual({ keys: expected.items.map(([key]) => key), prefixes: expected.prefixes })
  }

  async function checkVersions(Prefix: string, Delimiter: string, MaxKeys: number): Promise<void> {
    interface Entry {
      Key: string
      VersionId: string
      IsLatest: boolean
    }
    const versions: unknown[] = []
    const markers: unknown[] = []
    const prefixes: string[] = []
    let next: object | undefined = {}
    while (next) {
      const page: {
        Versions?: Entry[]
        DeleteMarkers?: Entry[]
        CommonPrefixes?: Group[]
        IsTruncated: boolean
        NextKeyMarker?: string
        NextVersionIdMarker?: string
      } = await call('ListObjectVersions', { Bucket, Prefix, Delimiter, MaxKeys, ...next })
      const plain = ({ Key, VersionId, IsLatest }: Entry) => [Key, VersionId, IsLatest]
      versions.push(...(page.Versions ?? []).map(plain))
      markers.push(...(page.DeleteMarkers ?? []).map(plain))
      prefixes.push(...(page.CommonPrefixes ?? []).map((one) => one.Prefix))
      next = page.IsTruncated
        ? {
            KeyMarker: page.NextKeyMarker,
            ...(page.NextVersionIdMarker && { VersionIdMarker: page.NextVersionIdMarker }),
          }
        : undefined
    }
    const all = model
      .sorted()
      .flatMap(([key, list]) =>
        list.map((one, index): [string, Version & { latest: boolean }] => [key, { ...one, latest: index === 0 }]),
      )
    const expected = grouped(all, Prefix, Delimiter)
    const of = (marker: boolean) =>
      expected.items
        .filter(([, { body }]) => (body === undefined) === marker)
        .map(([key, { id, latest }]) => [key, id, latest])
    expect({ versions, markers, prefixes }).toEqual({
      versions: of(false),
      markers: of(true),
      prefixes: expected.prefixes,
    })
  }

  async function checkBodies(): Promise<void> {
    for (const [Key, versions] of model.sorted()) {
      for (const { id, body } of versions) {
        if (body === undefined) continue
        const { Body } = await call<{ Body: Uint8Array }>('GetObject', { Bucket, Key, VersionId: id })
        expect([Key, id, Buffer.from(Body).toString()]).toEqual([Key, id, body])
      }
      const latest = await call<{ Body: Uint8Array }>('GetObject', { Bucket, Key }).then(
        ({ Body }) => Buffer.from(Body).toString(),
        () => undefined,
      )
      expect([Key, latest]).toEqual([Key, versions[0]!.body])
    }
  }

  test(
    'lists and reads as a plain map of versions does',
    async () => {
      await call('CreateBucket', { Bucket })
      for (let step = 0; step < steps; step++) {
        await change(step)
        if (step % 6 !== 0) continue
        const prefix = random.chance(2) ? '' : randomKey(random)
        const delimiter = random.pick(['', '/', 'a', '//', '\u{1f600}'])
        await checkObjects(prefix, delimiter, pageSize())
        await checkVersions(prefix, delimiter, pageSize())
      }
      await checkBodies()
    },
    Math.max(60_000, steps * 100),
  )
})
