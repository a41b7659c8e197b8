import { parseArgs } from 'node:util'

/** What a bench takes: of each argument what stands for its value (a number, `N`; a text; none of a switch) and what it is. */
export type Arguments = Readonly<Record<string, readonly [value: 'N' | 'NAME' | '', about: string]>>

/** Of every bench that starts a node (servers.ts). */
export const nodeArguments = {
  source: ['', 'the node as its TypeScript is, not as it was built'],
  prof: ['', 'with a CPU profile, in .cache'],
} as const satisfies Arguments

export interface Given {
  readonly count: (name: string, otherwise: number) => number
  readonly text: (name: string) => string | undefined
  readonly has: (name: string) => boolean
}

/**
 * The arguments of a bench, which is run as `usage` says. Ends the process after `--help`, and, saying what is wrong, where
 * something is given that the bench does not take: a word that is mistyped would run something else, for an hour perhaps.
 */
export function benchArguments(usage: string, table: Arguments): Given {
  const options = Object.fromEntries(
    Object.entries(table).map(([name, [value]]) => [name, { type: value === '' ? 'boolean' : 'string' } as const]),
  )
  try {
    const parsed = parseArgs({ options: { ...options, help: { type: 'boolean' } }, strict: true })
    const values: Readonly<Record<string, string | boolean | undefined>> = parsed.values
    if (values.help) {
      process.stdout.write(helpOf(usage, table))
      process.exit(0)
    }
    for (const [name, [value]] of Object.entries(table))
      if (value === 'N' && values[name] !== undefined && !(Number(values[name]) > 0))
        throw new TypeError(`--${name} takes a number, not ${values[name]}`)
    const text = (name: string) => (typeof values[name] === 'string' ? values[name] : undefined)
    return { text, has: (name) => values[name] === true, count: (name, otherwise) => Number(text(name) ?? otherwise) }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    process.stderr.write(`${error.message}\n\n${helpOf(usage, table)}`)
    process.exit(2)
  }
}

function helpOf(usage: string, table: Arguments): string {
  const rows = Object.entries(table).map(([name, [value, about]]) => {
    return `  ${`--${name}${value === '' ? '' : `=${value}`}`.padEnd(16)}  ${about}`
  })
  return [`${usage} [ARGUMENTS]`, '', ...rows, ''].join('\n')
}
