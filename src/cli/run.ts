import { ConfigError } from '../config.ts'
import { version } from '../version.ts'
import { nearest, parseArguments } from './arguments.ts'
import { CliError, type Command, usageError } from './command.ts'
import { commands } from './commands.ts'
import { commandHelp, overview } from './help.ts'
import { explain } from './service-errors.ts'
import { createTerminal, type TerminalStreams } from './terminal.ts'

export interface World extends TerminalStreams {
  readonly signal: AbortSignal
}

/** Runs `landfall ARGV` and resolves to the exit code: 0, 1 when it failed, 2 when the command line is wrong. */
export async function runCli(argv: readonly string[], world: World): Promise<number> {
  const json = argv.includes('--json')
  const terminal = createTerminal(world, json)
  try {
    return await dispatch(argv, world)
  } catch (error) {
    const { message, nextStep, exitCode } = asCliError(error, argv[0] ?? '', world.signal)
    if (json) terminal.err(JSON.stringify({ error: message, nextStep }))
    else terminal.err(`landfall: ${message}\n${nextStep}`)
    return exitCode
  }
}

async function dispatch(argv: readonly string[], world: World): Promise<number> {
  const [name, ...rest] = argv
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    const about = name === 'help' ? rest[0] : undefined
    const text = about === undefined ? await overviewOfAll() : commandHelp(await find(about)())
    createTerminal(world, false).out(text)
    return 0
  }
  if (name === '--version' || name === '-v') {
    createTerminal(world, false).out(version)
    return 0
  }
  const command = await find(name)()
  const { options, args, json, help } = parseArguments(command, rest)
  const terminal = createTerminal(world, json)
  if (help) {
    terminal.out(commandHelp(command))
    return 0
  }
  return (await command.run({ options, args, terminal, signal: world.signal })) ?? 0
}

async function overviewOfAll(): Promise<string> {
  return overview(await Promise.all(Object.values(commands).map((load) => load())), version)
}

function find(name: string): () => Promise<Command> {
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!load) throw unknownCommand(name)
  return load
}

function unknownCommand(name: string) {
  const meant = nearest(name, Object.keys(commands))
  const what = name.startsWith('-') ? 'option' : 'command'
  return usageError(
    `There is no ${what} "${name}".`,
    meant ? `Did you mean: landfall ${meant}` : 'See what there is: landfall --help',
  )
}

/** A bug of ours keeps its stack, which is what a report of it needs. */
function asCliError(error: unknown, command: string, { aborted }: AbortSignal): CliError {
  if (error instanceof CliError) return error
  if (error instanceof ConfigError) return usageError(error.message, 'See: landfall start --help')
  const explained = explain(error, command)
  if (explained) return explained
  if (aborted) return new CliError('Stopped before it was done.', 'Run it again to have all of it.', { cause: error })
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return new CliError(text, 'This is a defect of landfall: please report it with the lines above.', { cause: error })
}
