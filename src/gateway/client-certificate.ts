import type { Host } from '../kernel/host.ts'
import { keyspace } from '../store/keyspace.ts'
import type { DeployedStage } from './state.ts'

/** By which the servers behind a stage know that it is the gateway that calls. */
export interface ClientCertificate {
  readonly id: string
  readonly description?: string | undefined
  /** PEM. */
  readonly certificate: string
  /** The private key, in PEM, sealed. */
  readonly sealedKey: Uint8Array
  readonly createdAtMs: number
  readonly expiresAtMs: number
  readonly tags: Readonly<Record<string, string>>
}

/** What the keys are sealed for. */
export const purpose = 'gateway-client-certificate'

export const clientCertificate = keyspace('gateway-client-certificate').record<ClientCertificate, [id: string]>(
  'certificate',
)

/** With what a stage shows servers who it is: none for one without a certificate; undefined when that is gone. */
export async function identityOf(
  { account, region, clientCertificateId }: DeployedStage,
  { records, sealing }: Host,
): Promise<{ cert?: string; key?: string } | undefined> {
  if (clientCertificateId === undefined) return {}
  const found = await records.read({ account, region }, (tx) => tx.get(clientCertificate(clientCertificateId)))
  const key = found && sealing.unseal(purpose, found.sealedKey)
  return found && key && { cert: found.certificate, key: Buffer.from(key).toString() }
}
