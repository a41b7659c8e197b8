import type { AuthnDeps, Credential } from './authenticate.ts'
import { authnError } from './errors.ts'

/** The credential behind `accessKeyId`, or the refusal its service family words so. No promise when it is known already. */
export function useCredential(
  accessKeyId: string,
  sessionToken: string | undefined,
  deps: AuthnDeps,
): Promise<Credential> | Credential {
  const found = deps.findKey(accessKeyId, sessionToken)
  return found instanceof Promise
    ? found.then((credential) => checked(credential, accessKeyId, deps))
    : checked(found, accessKeyId, deps)
}

function checked(credential: Credential | undefined, accessKeyId: string, deps: AuthnDeps): Credential {
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
