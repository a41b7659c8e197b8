import type { Found, ReadTx } from '../../kernel/records.ts'
import { shownLatest } from './function-states.ts'
import { type Configuration, lambdaFunction, version } from './state.ts'

/** A place in the list of all versions of all functions; what is not published (`$LATEST`) is version 0. */
export type VersionKey = [name: string, version: number]
type Versions = AsyncIterable<Found<Configuration, VersionKey>>

/** What each function is now, in the order of their names. */
export async function* everyFunction(tx: ReadTx, after: VersionKey | undefined): Versions {
  for await (const { key, value } of tx.range(lambdaFunction.between([], after ? { after: [after[0]] } : {}))) {
    yield { key: [key[0], 0], value: shownLatest(value) }
  }
}

/** What each function is now, followed by what it has published. */
export async function* everyVersion(tx: ReadTx, after: VersionKey | undefined): Versions {
  if (after) yield* publishedOf(tx, after)
  for await (const latest of everyFunction(tx, after)) {
    yield latest
    yield* publishedOf(tx, latest.key)
  }
}

/** What one function is now, and what it has published. */
export async function* versionsOf(tx: ReadTx, name: string, latest: Configuration, after?: VersionKey): Versions {
  if (!after) yield { key: [name, 0], value: latest }
  yield* publishedOf(tx, after ?? [name, 0])
}

async function* publishedOf(tx: ReadTx, [name, after]: VersionKey): Versions {
  for await (const { key, value } of tx.range(version.between([name], { after: [after] }))) {
    yield { key: [key[0], key[1]], value }
  }
}
