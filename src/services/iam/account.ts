import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { total } from './state.ts'

/** The account as a whole. */
export const account = operations<Api>()({
  GetAccountSummary: {
    authorize: () => [{ action: 'iam:GetAccountSummary', resource: '*' }],
    async read(tx) {
      const count = (kind: Parameters<typeof total>[0]) => tx.count(total(kind))
      return {
        SummaryMap: {
          Users: await count('user'),
          UsersQuota: 5_000,
          Groups: await count('group'),
          GroupsQuota: 300,
          Roles: await count('role'),
          RolesQuota: 1_000,
          Policies: await count('policy'),
          PoliciesQuota: 1_500,
          InstanceProfiles: await count('instance-profile'),
          InstanceProfilesQuota: 1_000,
          AccessKeysPerUserQuota: 2,
          GroupsPerUserQuota: 10,
          AttachedPoliciesPerUserQuota: 10,
          AttachedPoliciesPerGroupQuota: 10,
          AttachedPoliciesPerRoleQuota: 10,
          UserPolicySizeQuota: 2_048,
          GroupPolicySizeQuota: 5_120,
          RolePolicySizeQuota: 10_240,
          AssumeRolePolicySizeQuota: 4_096,
          PolicySizeQuota: 6_144,
          VersionsPerPolicyQuota: 5,
          MFADevices: 0,
          MFADevicesInUse: 0,
          AccountMFAEnabled: 0,
          Providers: 0,
          ServerCertificates: 0,
        },
      }
    },
  },
})
