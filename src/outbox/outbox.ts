import { hash } from 'node:crypto'
import type { ReadTx, Tx } from '../kernel/records.ts'
import { type KeptLetter, type Letter, letter, letterCount } from './state.ts'

/** What is kept in an account's region: no more than that, no longer than that. */
export const outboxLimits = { letters: 1_000, ageMs: 14 * 86_400_000 }
/** Removed with each that comes: more than one, so that those that grew old go as well. */
const removedAtOnce = 3

export interface LetterSummary extends Omit<KeptLetter, 'text' | 'atMs'> {
  readonly id: string
  readonly at: string
}

export interface OpenedLetter extends LetterSummary {
  readonly text: string
}

export interface LetterPage {
  readonly letters: readonly LetterSummary[]
  /** Where the next page begins; absent on the last. */
  readonly next?: string
}

/** Keeps a letter, in `tx`; once, however often it is kept with the same key and time. The oldest give way. */
export async function keepLetter(tx: Tx, given: Letter, { key, atMs }: { key: string; atMs: number }): Promise<void> {
  const id = `${atMs}-${hash('sha256', key).slice(0, 24)}`
  if (await tx.get(letter(id))) return
  tx.set(letter(id), { ...given, atMs })
  const over = (await tx.snapshot.count(letterCount())) + 1 - outboxLimits.letters
  let kept = 1
  let seen = 0
  for await (const [oldest] of tx.snapshot.keys(letter.under(), { limit: removedAtOnce })) {
    // Read in conflict detection: what two remove at once is counted once.
    const found = seen < over || isOld(oldest, atMs) ? await tx.get(letter(oldest)) : undefined
    seen++
    if (!found || oldest === id) continue
    tx.delete(letter(oldest))
    kept--
  }
  tx.add(letterCount(), kept)
}

/** What was kept, newest first. */
export async function listLetters(
  tx: ReadTx,
  { nowMs, limit, after }: { nowMs: number; limit: number; after?: string | undefined },
): Promise<LetterPage> {
  const from = [String(nowMs - outboxLimits.ageMs)]
  const range = letter.between([], after === undefined ? { from } : { from, to: [after] })
  const letters: LetterSummary[] = []
  for await (const { key, value } of tx.range(range, { reverse: true, limit: limit + 1 })) {
    const { text: _, ...rest } = opened(key[0], value)
    letters.push(rest)
  }
  const page = letters.slice(0, limit)
  const last = page.at(-1)
  return { letters: page, ...(letters.length > limit && last && { next: last.id }) }
}

/** A letter with its text; undefined when it is not kept (any more). */
export async function findLetter(tx: ReadTx, id: string, nowMs: number): Promise<OpenedLetter | undefined> {
  const found = await tx.get(letter(id))
  return found && !isOld(id, nowMs) ? opened(id, found) : undefined
}

function opened(id: string, { atMs, ...rest }: KeptLetter): OpenedLetter {
  return { id, at: new Date(atMs).toISOString(), ...rest }
}

function isOld(id: string, nowMs: number): boolean {
  return Number(id.slice(0, id.indexOf('-'))) < nowMs - outboxLimits.ageMs
}
