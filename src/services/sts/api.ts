// Written by `npm run models`; do not edit.
import type {
  AssumeRoleCommandInput,
  AssumeRoleCommandOutput,
  AssumeRoleWithSAMLCommandInput,
  AssumeRoleWithSAMLCommandOutput,
  AssumeRoleWithWebIdentityCommandInput,
  AssumeRoleWithWebIdentityCommandOutput,
  AssumeRootCommandInput,
  AssumeRootCommandOutput,
  DecodeAuthorizationMessageCommandInput,
  DecodeAuthorizationMessageCommandOutput,
  GetAccessKeyInfoCommandInput,
  GetAccessKeyInfoCommandOutput,
  GetCallerIdentityCommandInput,
  GetCallerIdentityCommandOutput,
  GetDelegatedAccessTokenCommandInput,
  GetDelegatedAccessTokenCommandOutput,
  GetFederationTokenCommandInput,
  GetFederationTokenCommandOutput,
  GetSessionTokenCommandInput,
  GetSessionTokenCommandOutput,
  GetWebIdentityTokenCommandInput,
  GetWebIdentityTokenCommandOutput,
} from '@aws-sdk/client-sts'

/** Every operation of STS, as the SDK types it. */
export type Api = {
  AssumeRole: [AssumeRoleCommandInput, AssumeRoleCommandOutput]
  AssumeRoleWithSAML: [AssumeRoleWithSAMLCommandInput, AssumeRoleWithSAMLCommandOutput]
  AssumeRoleWithWebIdentity: [AssumeRoleWithWebIdentityCommandInput, AssumeRoleWithWebIdentityCommandOutput]
  AssumeRoot: [AssumeRootCommandInput, AssumeRootCommandOutput]
  DecodeAuthorizationMessage: [DecodeAuthorizationMessageCommandInput, DecodeAuthorizationMessageCommandOutput]
  GetAccessKeyInfo: [GetAccessKeyInfoCommandInput, GetAccessKeyInfoCommandOutput]
  GetCallerIdentity: [GetCallerIdentityCommandInput, GetCallerIdentityCommandOutput]
  GetDelegatedAccessToken: [GetDelegatedAccessTokenCommandInput, GetDelegatedAccessTokenCommandOutput]
  GetFederationToken: [GetFederationTokenCommandInput, GetFederationTokenCommandOutput]
  GetSessionToken: [GetSessionTokenCommandInput, GetSessionTokenCommandOutput]
  GetWebIdentityToken: [GetWebIdentityTokenCommandInput, GetWebIdentityTokenCommandOutput]
}
