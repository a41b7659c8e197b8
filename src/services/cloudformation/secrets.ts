import { masked } from '../../stacks/parameters.ts'
import type { Settings } from './state.ts'

/** The values of NoEcho parameters. */
export function secretsOf({ noEcho, parameters }: Settings): string[] {
  return noEcho.map((name) => parameters[name] ?? '').filter((text) => text !== '')
}

/** A text as it may be shown. Short secrets are masked only where they stand alone: they are found in any text. */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce(
    (shown, secret) => (shown === secret ? masked : secret.length >= 6 ? shown.replaceAll(secret, masked) : shown),
    text,
  )
}

/** JSON text with its strings as they may be shown. */
export function hideInJson(json: string, secrets: readonly string[]): string {
  if (secrets.length === 0) return json
  return JSON.stringify(
    JSON.parse(json, (_, value: unknown) => (typeof value === 'string' ? hideSecrets(value, secrets) : value)),
  )
}

/** The texts in a value, wherever they stand in it. */
export function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return value === '' ? [] : [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}
