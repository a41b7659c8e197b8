import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { MailServer } from './kernel/mail.ts'

/** Everything a node can be told. Made here, and only here, from options and the environment. */
export interface Config {
  /** 0 picks a free one. */
  readonly port: number
  readonly host: string
  /** Names that clients know the node by (lower case); requests under other names are refused as rebound. */
  readonly names: readonly string[]
  readonly dataDir: string
  /** Nothing outlives the process. */
  readonly ephemeral: boolean
  /** The well-known key `test`/`test` works, and the clock can be moved. Loopback only. */
  readonly dev: boolean
  /** False: functions may run without isolation from the node's user. */
  readonly isolation: boolean
  readonly functions: FunctionLimits
  /** `host`: functions share the network of the host, its loopback included, also where they could have their own. */
  readonly functionNetwork: 'own' | 'host'
  /** Stack traces of Node functions name the sources that they were made of, at some cost when they begin. */
  readonly sourceMaps: boolean
  /** The last invocations of functions are kept, to be looked at and repeated. Default: with `dev`. */
  readonly recordInvocations: boolean
  /** Faults can be set (`landfall faults`). Default: with `dev`. */
  readonly faults: boolean
  /** What takes the mail of topics and user pools; absent, it is kept in the outbox (`landfall outbox`). */
  readonly mailServer?: MailServer | undefined
  /** Where people reach the node, which links in mails lead to. Absent: only what runs on this machine does. */
  readonly publicUrl?: string | undefined
  /** The account of the administrator key that `start` creates. */
  readonly account: string
  readonly region: string
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  readonly limits: Limits
}

export interface FunctionLimits {
  /** Requests that an account may have running at once in a region. */
  readonly concurrency: number
  /** Processes of functions alive at once. Default: what half of the host's memory holds. */
  readonly instances?: number | undefined
  /** `exact`: a function gets no more processor time than its memory buys on Lambda, also when nobody else wants it. */
  readonly cpu: 'shared' | 'exact'
  /** The program that runs functions that are container images. Default: podman, else docker, where it is found to work. */
  readonly containerEngine?: string | undefined
}

export interface Limits {
  readonly connections: number
  /** Requests being answered at once; more are told to slow down. */
  readonly inFlight: number
  /** Bytes of request bodies held in memory at once, over all requests. */
  readonly bufferedBytes: number
  readonly headerBytes: number
  /** A client must have sent its headers by then. Its body must go on within every `idleMs` (http/body.ts says how far). */
  readonly headersMs: number
  readonly idleMs: number
  readonly keepAliveMs: number
  /** After SIGTERM, requests in flight may take this long. */
  readonly drainMs: number
}

export const defaultLimits: Limits = {
  connections: 10_000,
  inFlight: 2_000,
  bufferedBytes: 1_000_000_000,
  headerBytes: 64 * 1024,
  headersMs: 20_000,
  idleMs: 60_000,
  keepAliveMs: 65_000,
  drainMs: 25_000,
}

export interface Options extends Partial<Omit<Config, 'limits' | 'functions'>> {
  readonly limits?: Partial<Limits>
  readonly functions?: Partial<FunctionLimits>
}

export class ConfigError extends Error {
  override name = 'ConfigError'
}

/** Options first, then `LANDFALL_*` and `AWS_REGION` of the environment, then the defaults. Throws ConfigError. */
export function readConfig(options: Options = {}, env: NodeJS.ProcessEnv = process.env): Config {
  const publicUrl = options.publicUrl ?? urlOf('LANDFALL_PUBLIC_URL', env.LANDFALL_PUBLIC_URL)
  const config: Config = {
    port: options.port ?? wholeNumber('LANDFALL_PORT', env.LANDFALL_PORT) ?? 4566,
    host: options.host ?? env.LANDFALL_HOST ?? '127.0.0.1',
    names: [...(options.names ?? names(env.LANDFALL_NAMES)), ...(publicUrl ? [new URL(publicUrl).hostname] : [])],
    publicUrl,
    dataDir: resolve(options.dataDir ?? env.LANDFALL_DATA ?? '.landfall'),
    ephemeral: options.ephemeral ?? false,
    dev: options.dev ?? false,
    isolation: options.isolation ?? true,
    functionNetwork: options.functionNetwork ?? 'own',
    functions: { ...functionLimits(env), ...options.functions },
    sourceMaps: options.sourceMaps ?? false,
    recordInvocations: options.recordInvocations ?? options.dev ?? false,
    faults: options.faults ?? oneOrZero('LANDFALL_FAULTS', env.LANDFALL_FAULTS) ?? options.dev ?? false,
    mailServer: options.mailServer ?? mailServer(env),
    account: options.account ?? env.LANDFALL_ACCOUNT ?? '000000000000',
    region: options.region ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION ?? 'us-east-1',
    logLevel: options.logLevel ?? logLevel(env.LANDFALL_LOG) ?? 'info',
    limits: { ...defaultLimits, ...options.limits },
  }
  if (!Number.isInteger(config.port) || config.port < 0 || config.port > 65_535) {
    throw new ConfigError(`The port must be a whole number from 0 to 65535, not ${config.port}.`)
  }
  if (!/^\d{12}$/.test(config.account)) throw new ConfigError(`The account must be 12 digits, not ${config.account}.`)
  if (config.dev && !isLoopback(config.host)) {
    throw new ConfigError(
      `--dev accepts a well-known key and so listens on loopback only, not on ${config.host}. Leave out --dev or --host.`,
    )
  }
  return config
}

/** Where a client finds the node, before the data folder's record of a running one and the default. */
export function endpointFromEnvironment(env: NodeJS.ProcessEnv = process.env): string | undefined {
  return env.AWS_ENDPOINT_URL || undefined
}

/** The environment that tools started by the CLI inherit. */
export function inheritedEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env }
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

/** `LANDFALL_NAMES`: names separated by commas. */
function names(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '')
}

/** Without a slash at its end. */
function urlOf(name: string, text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username || url.pathname !== '/') {
    throw new ConfigError(`${name} must be like https://cloud.example.com, not ${text}.`)
  }
  return url.origin
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined
  if (!/^\d+$/.test(text)) throw new ConfigError(`${name} must be a whole number, not ${text}.`)
  return Number(text)
}

function oneOrZero(name: string, text: string | undefined): boolean | undefined {
  if (text === undefined || text === '') return undefined
  if (text !== '0' && text !== '1') throw new ConfigError(`${name} must be 1 or 0, not ${text}.`)
  return text === '1'
}

/** `LANDFALL_FUNCTION_CONCURRENCY`, `LANDFALL_FUNCTION_INSTANCES`, `LANDFALL_FUNCTION_CPU`, `LANDFALL_CONTAINER_ENGINE`. */
function functionLimits(env: NodeJS.ProcessEnv): FunctionLimits {
  const cpu = env.LANDFALL_FUNCTION_CPU || 'shared'
  if (cpu !== 'shared' && cpu !== 'exact') {
    throw new ConfigError(`LANDFALL_FUNCTION_CPU must be shared or exact, not ${cpu}.`)
  }
  return {
    concurrency: wholeNumber('LANDFALL_FUNCTION_CONCURRENCY', env.LANDFALL_FUNCTION_CONCURRENCY) ?? 1_000,
    instances: wholeNumber('LANDFALL_FUNCTION_INSTANCES', env.LANDFALL_FUNCTION_INSTANCES),
    cpu,
    containerEngine: env.LANDFALL_CONTAINER_ENGINE || undefined,
  }
}

/** `LANDFALL_SMTP_HOST` and those beside it. Credentials are given to nobody who could read them on the way. */
function mailServer(env: NodeJS.ProcessEnv): MailServer | undefined {
  const host = env.LANDFALL_SMTP_HOST
  if (!host) return undefined
  const security = env.LANDFALL_SMTP_SECURITY || 'starttls'
  if (security !== 'starttls' && security !== 'tls' && security !== 'none') {
    throw new ConfigError(`LANDFALL_SMTP_SECURITY must be starttls, tls or none, not ${security}.`)
  }
  const from = env.LANDFALL_SMTP_FROM ?? ''
  if (!/^[^\s@<>]+@[^\s@<>]+$/.test(from)) {
    throw new ConfigError('LANDFALL_SMTP_FROM must be the address that mail comes from: node@example.com.')
  }
  const user = env.LANDFALL_SMTP_USER || undefined
  const file = env.LANDFALL_SMTP_PASSWORD_FILE
  if (user !== undefined && security === 'none' && !isLoopback(host)) {
    throw new ConfigError(
      'With LANDFALL_SMTP_SECURITY=none the password could be read on the way: use starttls or tls.',
    )
  }
  return {
    ...{ host, from, security, user },
    port: wholeNumber('LANDFALL_SMTP_PORT', env.LANDFALL_SMTP_PORT) ?? (security === 'tls' ? 465 : 587),
    password: file ? readSecret('LANDFALL_SMTP_PASSWORD_FILE', file) : env.LANDFALL_SMTP_PASSWORD,
  }
}

function readSecret(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new ConfigError(`${name} cannot be read: ${error instanceof Error ? error.message : error}`)
  }
}

function logLevel(text: string | undefined): Config['logLevel'] | undefined {
  if (text === undefined || text === '') return undefined
  const levels = ['debug', 'info', 'warn', 'error', 'silent'] as const
  const level = levels.find((name) => name === text)
  if (!level) throw new ConfigError(`LANDFALL_LOG must be one of ${levels.join(', ')}, not ${text}.`)
  return level
}

/** How a node that listens on the address is called in URLs: on all of them, by loopback. */
export function hostInUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}
