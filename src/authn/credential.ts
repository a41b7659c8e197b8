import type { AuthnDeps, Credential } from './authenticate.ts'
import { authnError } from './errors.ts'

/** The credential behind `accessKeyId`, or the refusal its service family words so. */
export async function useCredential(
  accessKeyId: string,
  sessionToken: string | undefined,
  deps: AuthnDeps,
): Promise<Credential> {
  const credential = await deps.findKey(accessKeyId, sessionToken)
  if (!credential) {
    throw authnError(
      deps.style,
      'unknownKey',
      undefined,
      deps.style === 's3' ? { AWSAccessKeyId: accessKeyId } : undefined,
    )
  }
  if (credential.problem === 'expired') throw authnError(deps.style, 'expiredToken')
  if (credential.problem === 'bad-token') throw authnError(deps.style, 'badToken')
  return credential
}
