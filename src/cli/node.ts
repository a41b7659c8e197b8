import type { Config, Options } from '../config.ts'
import { type RunningNode, startNode } from '../main.ts'
import { CliError, type OptionTable, usageError, type Values } from './command.ts'

/** Options of the commands that run a node. */
export const nodeOptions = {
  port: {
    value: 'NUMBER',
    summary: 'the port (default: 4566; 0 takes a free one); keep it, as the URLs of queues name it',
  },
  data: { value: 'DIR', summary: 'the data folder (else LANDFALL_DATA, .landfall)' },
  'record-invocations': {
    summary: 'keep the last invocations of functions, sealed, for landfall replay (default: with --dev)',
  },
  ephemeral: { summary: 'keep nothing when it ends' },
  'no-isolation': { summary: 'let functions run as the user of the node, when they cannot have one of their own' },
  'host-network': { summary: 'let functions use the network of this host, its loopback included' },
} satisfies OptionTable

/** The node's settings, from those options. */
export function nodeSettings(values: Values<typeof nodeOptions>): Options {
  return {
    ...(values.port === undefined ? {} : { port: portNumber(values.port, '--port') }),
    ...(values.data === undefined ? {} : { dataDir: values.data }),
    ...(values['record-invocations'] ? { recordInvocations: true } : {}),
    ephemeral: values.ephemeral === true,
    isolation: values['no-isolation'] !== true,
    functionNetwork: values['host-network'] === true ? 'host' : 'own',
  }
}

/**
 * Starts a node in this process; disposing of it drains and stops it. What keeps it from starting (the port is taken,
 * the folder is in use) is said with the next step.
 */
export async function runNode(config: Config): Promise<RunningNode> {
  try {
    return await startNode(config)
  } catch (error) {
    throw explainStart(error, config) ?? error
  }
}

/** Throws a usage error for what is no port. */
export function portNumber(text: string, option: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw usageError(`${option} must be a number from 0 to 65535, not "${text}".`, `Give one like ${option} 4566`)
}

function explainStart(error: unknown, { host, port, dataDir }: Config): CliError | undefined {
  if (!(error instanceof Error)) return undefined
  if (error.name === 'StoreError') {
    return new CliError(error.message, `The data folder is ${dataDir}; --data names another, --ephemeral needs none.`, {
      cause: error,
    })
  }
  const code = 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE') {
    return new CliError(
      `Port ${port} on ${host} is taken, perhaps by another node.`,
      `End that one, or choose another port: --port ${port === 65_535 ? 0 : port + 1} (0 takes a free one)`,
      { cause: error },
    )
  }
  if (code === 'EACCES' && 'syscall' in error && error.syscall === 'listen') {
    return new CliError(`This user may not listen on port ${port}.`, 'Choose a port above 1023.', { cause: error })
  }
  if ('syscall' in error && error.syscall === 'mkdir') {
    return new CliError(
      `The data folder cannot be made: ${error.message}.`,
      'Make what it is in, or mount its disk, so that this user may write there; --data names another.',
      { cause: error },
    )
  }
  if (code === 'EADDRNOTAVAIL') {
    return new CliError(`This machine has no address ${host}.`, 'Leave --host out, or name one that it has.', {
      cause: error,
    })
  }
  return undefined
}
