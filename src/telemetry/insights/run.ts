import { addTo, newSum, resultOf, type Sum } from './aggregates.ts'
import { QueryTooLarge } from './limits.ts'
import { type LookupTables, lookUp } from './lookup.ts'
import { mostResults } from './parse.ts'
import type { Column, Command, Expression } from './query.ts'
import { evaluate, fieldOf, isTrue, type Row } from './row.ts'
import { compareValues, textOf, type Value, weightOf } from './values.ts'

/** Rows, groups and values that a query may have in mind at once; a long one counts as several. */
const mostKept = 100_000
/** Of the messages of rows that wait to be sorted, and of what commands made of them. */
const mostSortedChars = 64 * 1024 * 1024
/** Of texts that commands make of the rows of a batch. */
const mostMadeChars = 64 * 1024 * 1024

interface Group {
  readonly by: readonly Value[]
  readonly sums: readonly Sum[]
}

/** What the commands remember between batches of rows, each in its place. Plain data: it travels between threads. */
export type Memory = { kept: number; full?: boolean; matched: number; readonly stages: Stage[] }
interface Stage {
  count: number
  /** Of its rows. */
  chars: number
  readonly rows: Row[]
  readonly seen: Set<string>
  readonly groups: Map<string, Group>
}

export function newMemory(commands: readonly Command[]): Memory {
  const stages = [...commands, undefined].map(() => ({
    count: 0,
    chars: 0,
    rows: [],
    seen: new Set<string>(),
    groups: new Map(),
  }))
  return { kept: 0, matched: 0, stages }
}

/**
 * Takes a batch of rows through the commands; with `last` also what commands held back until all had come. Answers the
 * rows that came out. `memory.full` says that no more could.
 */
export function take(
  commands: readonly Command[],
  memory: Memory,
  rows: readonly Row[],
  nowMs: number,
  last: boolean,
  tables: LookupTables = {},
) {
  const out: Row[] = []
  let madeChars = 0
  const firstThat = commands.findIndex(
    ({ kind }) => kind === 'stats' || kind === 'sort' || kind === 'limit' || kind === 'dedup',
  )
  const matchedAt = firstThat === -1 ? commands.length : firstThat

  function push(row: Row, from: number): void {
    for (let index = from; index < commands.length; index++) {
      if (index === matchedAt && row.event) memory.matched++
      if (!passes(commands[index]!, index, row)) return
    }
    if (matchedAt === commands.length) memory.matched++
    out.push(row)
  }

  /** Does a command to a row. False when the row goes no further, or not yet. */
  function passes(command: Command, index: number, row: Row): boolean {
    const stage = memory.stages[index]!
    const of = (expression: Expression) => evaluate(expression, row, nowMs)
    switch (command.kind) {
      case 'fields':
      case 'display':
        for (const { name, of: value } of command.columns) if (isComputed(name, value)) give(row, name, of(value))
        return true
      case 'filter':
        return isTrue(of(command.test))
      case 'parse': {
        const text = textOf(of(command.of))
        const match = text === undefined ? undefined : patternOf(command).exec(text)
        for (const [at, name] of match ? command.names.entries() : [])
          row.fields.set(name, match?.groups ? match.groups[name] : match?.[at + 1])
        return true
      }
      case 'lookup':
        lookUp(command, row, tables)
        return true
      case 'limit':
        if (stage.count < command.count) return ++stage.count > 0
        memory.full ||= commands.slice(0, index).every(({ kind }) => kind !== 'stats' && kind !== 'sort')
        return false
      case 'dedup': {
        const values = command.by.map((one) => textOf(of(one)))
        // What lacks a value is like nothing else.
        if (values.includes(undefined)) return true
        const key = JSON.stringify(values)
        if (stage.seen.has(key)) return false
        stage.seen.add(key)
        keep(1, key)
        return true
      }
      case 'sort':
        stage.rows.push(row)
        stage.chars += charsOf(row)
        prune(command, index, stage)
        return false
      case 'stats':
        gather(command, stage, row)
        return false
    }
  }

  function give(row: Row, name: string, value: Value): void {
    madeChars += typeof value === 'string' ? value.length : 0
    if (madeChars > mostMadeChars) throw new QueryTooLarge('The query makes more text than it can remember.')
    row.fields.set(name, value)
  }

  function keep(more: number, text = ''): void {
    memory.kept += more + weightOf(text)
    if (memory.kept > mostKept) throw new QueryTooLarge(`The query has to remember more than ${mostKept} values.`)
  }

  /** Of sorted rows only those that can be among the results are kept, where a limit follows that says how many. */
  function prune({ by }: Extract<Command, { kind: 'sort' }>, index: number, stage: Stage): void {
    const next = commands
      .slice(index + 1)
      .find(({ kind }) => kind !== 'fields' && kind !== 'display' && kind !== 'parse' && kind !== 'lookup')
    const most = next === undefined ? mostResults : next.kind === 'limit' ? next.count : undefined
    if (most === undefined) keep(1)
    else if (stage.rows.length >= Math.max(2 * most, 100) || stage.chars > mostSortedChars) {
      stage.rows.sort(order(by)).splice(most)
      stage.chars = stage.rows.reduce((sum, row) => sum + charsOf(row), 0)
    }
    if (stage.chars > mostSortedChars) throw new QueryTooLarge('The query has to sort more than it can remember.')
  }

  const order = (by: Extract<Command, { kind: 'sort' }>['by']) => (a: Row, b: Row) => {
    for (const { of, descending } of by) {
      const found = compareValues(evaluate(of, a, nowMs), evaluate(of, b, nowMs))
      if (found !== 0) return descending ? -found : found
    }
    return 0
  }

  function gather({ columns, by }: Extract<Command, { kind: 'stats' }>, stage: Stage, row: Row): void {
    const values = by.map(({ of }) => evaluate(of, row, nowMs))
    const key = JSON.stringify(values.map((value) => textOf(value) ?? null))
    const wanted = columns.flatMap(({ of }) => aggregatesOf(of))
    let group = stage.groups.get(key)
    if (!group) {
      group = { by: values, sums: wanted.map(newSum) }
      stage.groups.set(key, group)
      keep(1, key)
    }
    const atMs = row.event?.atMs ?? 0
    for (const { name, of, index } of wanted)
      keep(
        addTo(
          group.sums[index]!,
          name,
          of.slice(0, 1).map((one) => evaluate(one, row, nowMs)),
          atMs,
        ),
      )
  }

  function release(command: Command | undefined, index: number): void {
    const stage = memory.stages[index]!
    if (command?.kind === 'sort') {
      for (const row of stage.rows.sort(order(command.by))) push(row, index + 1)
    } else if (command?.kind === 'stats') {
      for (const { by, sums } of stage.groups.values()) push(grouped(command, by, sums), index + 1)
    }
  }

  function grouped(
    { columns, by }: Extract<Command, { kind: 'stats' }>,
    values: readonly Value[],
    sums: readonly Sum[],
  ): Row {
    const row: Row = { fields: new Map(by.map(({ name }, index) => [name, values[index]])) }
    const results = columns
      .flatMap(({ of }) => aggregatesOf(of))
      .map(({ name, of, index }) => resultOf(sums[index]!, name, of[1]?.kind === 'value' ? Number(of[1].value) : 0))
    for (const { name, of } of columns) give(row, name, evaluate(of, row, nowMs, results))
    return row
  }

  for (const row of rows) {
    push(row, 0)
    // What was read of a message is not carried along.
    row.found = undefined
  }
  if (last) for (const [index, command] of commands.entries()) release(command, index)
  return out
}

function charsOf({ event, fields }: Row): number {
  let chars = (event?.message.length ?? 0) + (event?.transformed?.length ?? 0)
  for (const value of fields.values()) if (typeof value === 'string') chars += value.length
  return chars
}

/** A field under its own name is not computed. */
const isComputed = (name: string, of: Expression) => of.kind !== 'field' || of.name !== name

const patterns = new WeakMap<Command, RegExp>()
function patternOf(command: Extract<Command, { kind: 'parse' }>): RegExp {
  const known = patterns.get(command) ?? new RegExp(command.pattern, command.flags)
  patterns.set(command, known)
  return known
}

type Aggregate = Extract<Expression, { kind: 'aggregate' }>

/** The functions of groups in an expression, in the order of their indexes. */
function aggregatesOf(expression: Expression): Aggregate[] {
  switch (expression.kind) {
    case 'aggregate':
      return [expression]
    case 'call':
      return expression.of.flatMap(aggregatesOf)
    case 'unary':
      return aggregatesOf(expression.of)
    case 'binary':
      return [...aggregatesOf(expression.left), ...aggregatesOf(expression.right)]
    case 'in':
      return [expression.of, ...expression.list].flatMap(aggregatesOf)
    default:
      return []
  }
}

/** Which fields results have, in order: those of the last `display`, else all that commands named. */
export function resultColumns(commands: readonly Command[]): string[] {
  let columns: string[] = []
  const names = (list: readonly Column[]) => list.map(({ name }) => name)
  let shown = false
  for (const command of commands) {
    if (command.kind === 'stats') [columns, shown] = [[...names(command.by), ...names(command.columns)], false]
    else if (command.kind === 'display') [columns, shown] = [names(command.columns), true]
    else if (command.kind === 'fields' && !shown) columns.push(...names(command.columns))
    else if (command.kind === 'parse' && !shown) columns.push(...command.names)
    else if (command.kind === 'lookup' && !shown) columns.push(...command.output)
  }
  const said = commands.some(({ kind }) => kind === 'fields' || kind === 'display' || kind === 'stats')
  const isGrouped = commands.some(({ kind }) => kind === 'stats')
  return [...new Set([...(said ? [] : ['@timestamp', '@message']), ...columns, ...(isGrouped ? [] : ['@ptr'])])]
}

/** A row as results tell it; what it does not have is left out. */
export function resultOfRow(row: Row, columns: readonly string[]): [field: string, value: string][] {
  return columns.flatMap((name) => {
    const value = textOf(fieldOf(row, name))
    return value === undefined ? [] : [[name, value]]
  })
}
