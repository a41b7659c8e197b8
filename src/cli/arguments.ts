import { parseArgs } from 'node:util'
import { type Command, type OptionTable, usageError, type Values } from './command.ts'

/** Options that every command has. */
export const everywhere = {
  json: { summary: 'print JSON, for programs' },
  help: { summary: 'show what the command does, with examples', short: 'h' },
} satisfies OptionTable

export interface ParsedArguments {
  readonly options: Values<OptionTable>
  readonly args: readonly string[]
  readonly json: boolean
  readonly help: boolean
}

/** Reads what follows a command's name. Throws a usage error that names what is unknown, missing or too much. */
export function parseArguments(command: Command, argv: readonly string[]): ParsedArguments {
  const table: OptionTable = { ...command.options, ...everywhere }
  const options: Record<string, string | true> = {}
  const args: string[] = []
  const { tokens } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(Object.entries(table).map(([name, option]) => [name, parserOption(option)])),
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  for (const token of tokens) {
    if (token.kind === 'positional') args.push(token.value)
    if (token.kind !== 'option') continue
    const option = Object.hasOwn(table, token.name) ? table[token.name] : undefined
    if (!option) throw unknownOption(command, token.rawName, Object.keys(table))
    if (option.value === undefined) {
      if (token.value !== undefined) throw usageError(`${token.rawName} takes no value.`, helpHint(command))
      options[token.name] = true
    } else {
      if (token.value === undefined) throw usageError(`${token.rawName} needs a ${option.value}.`, helpHint(command))
      options[token.name] = token.value
    }
  }
  const { json, help, ...own } = options
  const parsed = { options: own, args, json: json === true, help: help === true }
  if (!parsed.help) checkCount(command, args)
  return parsed
}

/** The candidate that was probably meant, or undefined when none is near. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: editDistance(word, candidate) }))
    .sort((a, b) => a.distance - b.distance)
  const best = ranked[0]
  return best && best.distance <= Math.max(1, Math.floor(word.length / 3)) ? best.candidate : undefined
}

function parserOption({ value, short }: OptionTable[string]) {
  return { type: value === undefined ? ('boolean' as const) : ('string' as const), ...(short ? { short } : {}) }
}

function unknownOption(command: Command, rawName: string, names: readonly string[]) {
  const meant = nearest(rawName.replace(/^-+/, ''), names)
  return usageError(
    `landfall ${command.name} has no option ${rawName}.`,
    meant ? `Did you mean --${meant}?` : helpHint(command),
  )
}

function checkCount(command: Command, args: readonly string[]): void {
  const words = command.args?.split(' ') ?? []
  const required = words.filter((word) => !word.startsWith('['))
  if (args.length < required.length) {
    throw usageError(`landfall ${command.name} needs a ${required[args.length]}.`, helpHint(command))
  }
  if (args.length > words.length) {
    throw usageError(`landfall ${command.name} does not take "${args[words.length]}".`, helpHint(command))
  }
}

function helpHint(command: Command): string {
  return `See: landfall ${command.name} --help`
}

/** How many letters are changed, added, left out or swapped with their neighbour. */
function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, column) => column)]
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const isSame = a[row - 1] === b[column - 1]
      const substituted = rows[row - 1]![column - 1]! + (isSame ? 0 : 1)
      let best = Math.min(rows[row - 1]![column]! + 1, current[column - 1]! + 1, substituted)
      const isSwapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (isSwapped) best = Math.min(best, rows[row - 2]![column - 2]! + 1)
      current.push(best)
    }
    rows.push(current)
  }
  return rows[a.length]![b.length]!
}
