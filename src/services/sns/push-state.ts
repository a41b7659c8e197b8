import { keyspace } from '../../store/keyspace.ts'

/** An app that a push service knows. What it lets somebody in with is not kept: nothing leaves for it. */
export interface PlatformApplication {
  readonly platform: string
  readonly name: string
  /** Under what its endpoints are kept, so that those of one that was deleted can go later. Undefined: its name. */
  readonly home?: string | undefined
}

/** An app on one device. */
export interface PlatformEndpoint {
  readonly token: string
  readonly userData?: string | undefined
  readonly enabled: boolean
}

const push = keyspace('sns-push')

export const application = push.record<PlatformApplication, [platform: string, name: string]>('application')
export const endpoint = push.record<PlatformEndpoint, [platform: string, home: string, id: string]>('endpoint')
/** A device has an app at most once. */
export const endpointByToken = push.record<string, [platform: string, home: string, token: string]>('by-token')
