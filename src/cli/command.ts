import type { Terminal } from './terminal.ts'

/** One option of a command. `value` is what stands for its value in the help; a flag has none. */
export interface Option {
  readonly summary: string
  readonly value?: string
  readonly short?: string
}

export type OptionTable = Readonly<Record<string, Option>>

/** What was given: a flag is `true`, an option its text; what was not given is absent. */
export type Values<O extends OptionTable> = string extends keyof O
  ? Readonly<Record<string, string | true>>
  : { readonly [N in keyof O]?: O[N] extends { readonly value: string } ? string : true }

/** What a command knows besides its own options. */
export interface Invocation<O extends OptionTable = OptionTable> {
  readonly options: Values<O>
  readonly args: readonly string[]
  readonly terminal: Terminal
  /** Aborted by Ctrl-C and SIGTERM: what runs until told to stop ends then. */
  readonly signal: AbortSignal
}

/** A command of the CLI, as data. */
export interface Command<O extends OptionTable = OptionTable> {
  readonly name: string
  readonly summary: string
  /** What follows the name: `[dir]`. Words in brackets may be left out. */
  readonly args?: string
  /** What the command does, in a few sentences, for `landfall NAME --help`. */
  readonly about: string
  readonly options: O
  /** [arguments, what that does] */
  readonly examples: readonly (readonly [args: string, what: string])[]
  /** Resolves to the exit code; nothing means 0. */
  run(invocation: Invocation<O>): Promise<number | undefined>
}

/** A command whose `run` gets the values of exactly its own options. */
export function command<const O extends OptionTable>(definition: Command<O>): Command {
  // Who dispatches reads the options by the command's own table, so what `run` gets is what it asks for.
  return definition as unknown as Command
}

/** An error that a user can do something about: what is wrong, and the next step. */
export class CliError extends Error {
  override name = 'CliError'
  readonly nextStep: string
  readonly exitCode: number

  constructor(message: string, nextStep: string, options: { exitCode?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.nextStep = nextStep
    this.exitCode = options.exitCode ?? 1
  }
}

/** The command line itself is wrong: exit code 2, as shells have it. */
export function usageError(message: string, nextStep: string): CliError {
  return new CliError(message, nextStep, { exitCode: 2 })
}
