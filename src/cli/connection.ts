import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect as connectSocket } from 'node:net'
import { endpointFromEnvironment, inheritedEnvironment, isLoopback, readConfig } from '../config.ts'
import { isAlive, keyFileIn, type NodeRecord, nodeRecordFile } from '../node-record.ts'
import { CliError, type OptionTable, type Values } from './command.ts'

/** Options of every command that talks to a node. */
export const connectionOptions = {
  endpoint: { value: 'URL', summary: 'the node to use (else AWS_ENDPOINT_URL, the data folder, 127.0.0.1:4566)' },
  data: { value: 'DIR', summary: 'the data folder to look in for a running node (else LANDFALL_DATA, .landfall)' },
  region: { value: 'NAME', summary: 'the region (else AWS_REGION, us-east-1)' },
} satisfies OptionTable

/** What it takes to send a signed request to a node. */
export interface Connection {
  readonly endpoint: string
  readonly region: string
  readonly credentials: AccessKey
  /** Where these credentials were found, for `landfall env` and for errors. */
  readonly from: string
}

export interface AccessKey {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** The key that works on a node started with `--dev`. */
export const devKey: AccessKey = { accessKeyId: 'test', secretAccessKey: 'test' }
const defaultEndpoint = 'http://127.0.0.1:4566'

/**
 * Finds the node and a key for it. A node found through its data folder is used with the administrator key that
 * it has, so that AWS keys that happen to be in the environment are not sent to it.
 */
export async function connect(values: Values<typeof connectionOptions>): Promise<Connection> {
  const config = readConfig(values.data === undefined ? {} : { dataDir: values.data })
  const region = values.region ?? config.region
  const named = values.endpoint ?? endpointFromEnvironment()
  const record = named === undefined ? await runningNode(config.dataDir) : undefined
  const endpoint = checkEndpoint(named ?? record?.endpoint ?? defaultEndpoint)
  const stored = await administratorKey(record?.keyFile ?? keyFileIn(config.dataDir))
  const given = keyFromEnvironment()
  if (record && stored) return { endpoint, region, credentials: stored, from: 'the data folder' }
  if (given && (named !== undefined || !stored))
    return { endpoint, region, credentials: given, from: 'the environment' }
  if (stored) return { endpoint, region, credentials: stored, from: 'the data folder' }
  if (isLoopback(new URL(endpoint).hostname)) return { endpoint, region, credentials: devKey, from: 'landfall dev' }
  throw new CliError(
    `There is no access key for ${endpoint}.`,
    'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name its data folder with --data.',
  )
}

/** What tools need to talk to the node, as environment variables. */
export function connectionEnvironment({ endpoint, region, credentials }: Connection): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ...(credentials.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: credentials.sessionToken }),
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
  }
}

/** Throws what a refused connection is unless something listens at the endpoint: before a tool that says it less well. */
export async function checkReachable({ endpoint }: Connection, signal: AbortSignal): Promise<void> {
  const { protocol, hostname, port } = new URL(endpoint)
  const socket = connectSocket({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port) || (protocol === 'https:' ? 443 : 80),
  })
  try {
    await once(socket, 'connect', { signal })
  } finally {
    socket.destroy()
  }
}

/** The node that runs on this data folder, or undefined when its process is gone. */
async function runningNode(dataDir: string): Promise<NodeRecord | undefined> {
  const record = await readJson<NodeRecord>(nodeRecordFile(dataDir))
  if (!record || typeof record.endpoint !== 'string' || typeof record.pid !== 'number') return undefined
  return isAlive(record.pid) ? record : undefined
}

async function administratorKey(file: string): Promise<AccessKey | undefined> {
  const key = await readJson<AccessKey>(file)
  return key && { accessKeyId: key.accessKeyId, secretAccessKey: key.secretAccessKey }
}

function keyFromEnvironment(): AccessKey | undefined {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = inheritedEnvironment()
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) return undefined
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN ? { sessionToken: AWS_SESSION_TOKEN } : {}),
  }
}

function checkEndpoint(text: string): string {
  const url = URL.parse(text)
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url.origin
  throw new CliError(`"${text}" is not the URL of a node.`, `Give one like ${defaultEndpoint}`, { exitCode: 2 })
}

async function readJson<T>(path: string): Promise<T | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new CliError(`${path} cannot be read.`, 'Run the command as the user who runs the node.', { cause: error })
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new CliError(`${path} is damaged.`, 'Start the node again, which writes it anew.', { cause: error })
  }
}
