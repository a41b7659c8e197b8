import type { Config, Options } from '../config.ts'
import { CliError, type OptionTable, usageError, type Values } from './command.ts'

/** Options of the commands that run a node. */
export const nodeOptions = {
  port: { value: 'NUMBER', summary: 'the port (default: 4566; 0 takes a free one)' },
  data: { value: 'DIR', summary: 'the data folder (else LANDFALL_DATA, .landfall)' },
  ephemeral: { summary: 'keep nothing when it ends' },
  'no-isolation': { summary: 'let functions run as the user of the node, when they cannot have one of their own' },
} satisfies OptionTable

/** The node's settings, from those options. */
export function nodeSettings(values: Values<typeof nodeOptions>): Options {
  return {
    ...(values.port === undefined ? {} : { port: portNumber(values.port) }),
    ...(values.data === undefined ? {} : { dataDir: values.data }),
    ephemeral: values.ephemeral === true,
    isolation: values['no-isolation'] !== true,
  }
}

/** A node in this process. Disposing of it drains and stops it. */
export interface LocalNode extends AsyncDisposable {
  readonly endpoint: string
  readonly adminKeyFile: string
  /** Aborted when the node begins to stop by itself: its disk failed, or it was told to over its API. */
  readonly stopping: AbortSignal
}

export async function runNode(config: Config, signal: AbortSignal): Promise<LocalNode> {
  throw new Error(`not yet ${config.port} ${signal.aborted}`)
}

function portNumber(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw usageError(`--port must be a number from 0 to 65535, not "${text}".`, 'Give one like --port 4566')
}

export function cannotListen(error: NodeJS.ErrnoException, config: Config): CliError | undefined {
  if (error.code === 'EADDRINUSE') {
    return new CliError(
      `Port ${config.port} on ${config.host} is taken, perhaps by another node.`,
      'End that one, or choose another port: --port 4567 (0 takes a free one)',
      { cause: error },
    )
  }
  if (error.code === 'EACCES') {
    return new CliError(`This user may not listen on port ${config.port}.`, 'Choose a port above 1023.', {
      cause: error,
    })
  }
  return undefined
}
