// Written by `npm run models`; do not edit.
import type {
  AcceptDelegationRequestCommandInput,
  AcceptDelegationRequestCommandOutput,
  AcquireRoleCommandInput,
  AcquireRoleCommandOutput,
  AddClientIDToOpenIDConnectProviderCommandInput,
  AddClientIDToOpenIDConnectProviderCommandOutput,
  AddRoleToInstanceProfileCommandInput,
  AddRoleToInstanceProfileCommandOutput,
  AddUserToGroupCommandInput,
  AddUserToGroupCommandOutput,
  AssociateDelegationRequestCommandInput,
  AssociateDelegationRequestCommandOutput,
  AttachGroupPolicyCommandInput,
  AttachGroupPolicyCommandOutput,
  AttachRolePolicyCommandInput,
  AttachRolePolicyCommandOutput,
  AttachUserPolicyCommandInput,
  AttachUserPolicyCommandOutput,
  ChangePasswordCommandInput,
  ChangePasswordCommandOutput,
  CreateAccessKeyCommandInput,
  CreateAccessKeyCommandOutput,
  CreateAccountAliasCommandInput,
  CreateAccountAliasCommandOutput,
  CreateDelegationRequestCommandInput,
  CreateDelegationRequestCommandOutput,
  CreateGroupCommandInput,
  CreateGroupCommandOutput,
  CreateInstanceProfileCommandInput,
  CreateInstanceProfileCommandOutput,
  CreateLoginProfileCommandInput,
  CreateLoginProfileCommandOutput,
  CreateOpenIDConnectProviderCommandInput,
  CreateOpenIDConnectProviderCommandOutput,
  CreatePolicyCommandInput,
  CreatePolicyCommandOutput,
  CreatePolicyVersionCommandInput,
  CreatePolicyVersionCommandOutput,
  CreateRoleCommandInput,
  CreateRoleCommandOutput,
  CreateSAMLProviderCommandInput,
  CreateSAMLProviderCommandOutput,
  CreateServiceLinkedRoleCommandInput,
  CreateServiceLinkedRoleCommandOutput,
  CreateServiceSpecificCredentialCommandInput,
  CreateServiceSpecificCredentialCommandOutput,
  CreateUserCommandInput,
  CreateUserCommandOutput,
  CreateVirtualMFADeviceCommandInput,
  CreateVirtualMFADeviceCommandOutput,
  DeactivateMFADeviceCommandInput,
  DeactivateMFADeviceCommandOutput,
  DeleteAccessKeyCommandInput,
  DeleteAccessKeyCommandOutput,
  DeleteAccountAliasCommandInput,
  DeleteAccountAliasCommandOutput,
  DeleteAccountPasswordPolicyCommandInput,
  DeleteAccountPasswordPolicyCommandOutput,
  DeleteGroupCommandInput,
  DeleteGroupCommandOutput,
  DeleteGroupPolicyCommandInput,
  DeleteGroupPolicyCommandOutput,
  DeleteInstanceProfileCommandInput,
  DeleteInstanceProfileCommandOutput,
  DeleteLoginProfileCommandInput,
  DeleteLoginProfileCommandOutput,
  DeleteOpenIDConnectProviderCommandInput,
  DeleteOpenIDConnectProviderCommandOutput,
  DeletePolicyCommandInput,
  DeletePolicyCommandOutput,
  DeletePolicyVersionCommandInput,
  DeletePolicyVersionCommandOutput,
  DeleteRoleCommandInput,
  DeleteRoleCommandOutput,
  DeleteRolePermissionsBoundaryCommandInput,
  DeleteRolePermissionsBoundaryCommandOutput,
  DeleteRolePolicyCommandInput,
  DeleteRolePolicyCommandOutput,
  DeleteSAMLProviderCommandInput,
  DeleteSAMLProviderCommandOutput,
  DeleteSSHPublicKeyCommandInput,
  DeleteSSHPublicKeyCommandOutput,
  DeleteServerCertificateCommandInput,
  DeleteServerCertificateCommandOutput,
  DeleteServiceLinkedRoleCommandInput,
  DeleteServiceLinkedRoleCommandOutput,
  DeleteServiceSpecificCredentialCommandInput,
  DeleteServiceSpecificCredentialCommandOutput,
  DeleteSigningCertificateCommandInput,
  DeleteSigningCertificateCommandOutput,
  DeleteUserCommandInput,
  DeleteUserCommandOutput,
  DeleteUserPermissionsBoundaryCommandInput,
  DeleteUserPermissionsBoundaryCommandOutput,
  DeleteUserPolicyCommandInput,
  DeleteUserPolicyCommandOutput,
  DeleteVirtualMFADeviceCommandInput,
  DeleteVirtualMFADeviceCommandOutput,
  DetachGroupPolicyCommandInput,
  DetachGroupPolicyCommandOutput,
  DetachRolePolicyCommandInput,
  DetachRolePolicyCommandOutput,
  DetachUserPolicyCommandInput,
  DetachUserPolicyCommandOutput,
  DisableOrganizationsRootCredentialsManagementCommandInput,
  DisableOrganizationsRootCredentialsManagementCommandOutput,
  DisableOrganizationsRootSessionsCommandInput,
  DisableOrganizationsRootSessionsCommandOutput,
  DisableOutboundWebIdentityFederationCommandInput,
  DisableOutboundWebIdentityFederationCommandOutput,
  EnableMFADeviceCommandInput,
  EnableMFADeviceCommandOutput,
  EnableOrganizationsRootCredentialsManagementCommandInput,
  EnableOrganizationsRootCredentialsManagementCommandOutput,
  EnableOrganizationsRootSessionsCommandInput,
  EnableOrganizationsRootSessionsCommandOutput,
  EnableOutboundWebIdentityFederationCommandInput,
  EnableOutboundWebIdentityFederationCommandOutput,
  GenerateCredentialReportCommandInput,
  GenerateCredentialReportCommandOutput,
  GenerateOrganizationsAccessReportCommandInput,
  GenerateOrganizationsAccessReportCommandOutput,
  GenerateServiceLastAccessedDetailsCommandInput,
  GenerateServiceLastAccessedDetailsCommandOutput,
  GetAccessKeyLastUsedCommandInput,
  GetAccessKeyLastUsedCommandOutput,
  GetAccountAuthorizationDetailsCommandInput,
  GetAccountAuthorizationDetailsCommandOutput,
  GetAccountPasswordPolicyCommandInput,
  GetAccountPasswordPolicyCommandOutput,
  GetAccountPropertiesCommandInput,
  GetAccountPropertiesCommandOutput,
  GetAccountSummaryCommandInput,
  GetAccountSummaryCommandOutput,
  GetContextKeysForCustomPolicyCommandInput,
  GetContextKeysForCustomPolicyCommandOutput,
  GetContextKeysForPrincipalPolicyCommandInput,
  GetContextKeysForPrincipalPolicyCommandOutput,
  GetCredentialReportCommandInput,
  GetCredentialReportCommandOutput,
  GetDelegationRequestCommandInput,
  GetDelegationRequestCommandOutput,
  GetGroupCommandInput,
  GetGroupCommandOutput,
  GetGroupPolicyCommandInput,
  GetGroupPolicyCommandOutput,
  GetHumanReadableSummaryCommandInput,
  GetHumanReadableSummaryCommandOutput,
  GetInstanceProfileCommandInput,
  GetInstanceProfileCommandOutput,
  GetLoginProfileCommandInput,
  GetLoginProfileCommandOutput,
  GetMFADeviceCommandInput,
  GetMFADeviceCommandOutput,
  GetOpenIDConnectProviderCommandInput,
  GetOpenIDConnectProviderCommandOutput,
  GetOrganizationsAccessReportCommandInput,
  GetOrganizationsAccessReportCommandOutput,
  GetOutboundWebIdentityFederationInfoCommandInput,
  GetOutboundWebIdentityFederationInfoCommandOutput,
  GetPolicyCommandInput,
  GetPolicyCommandOutput,
  GetPolicyVersionCommandInput,
  GetPolicyVersionCommandOutput,
  GetRoleCommandInput,
  GetRoleCommandOutput,
  GetRolePolicyCommandInput,
  GetRolePolicyCommandOutput,
  GetRoleTemplateVersionCommandInput,
  GetRoleTemplateVersionCommandOutput,
  GetSAMLProviderCommandInput,
  GetSAMLProviderCommandOutput,
  GetSSHPublicKeyCommandInput,
  GetSSHPublicKeyCommandOutput,
  GetServerCertificateCommandInput,
  GetServerCertificateCommandOutput,
  GetServiceLastAccessedDetailsCommandInput,
  GetServiceLastAccessedDetailsCommandOutput,
  GetServiceLastAccessedDetailsWithEntitiesCommandInput,
  GetServiceLastAccessedDetailsWithEntitiesCommandOutput,
  GetServiceLinkedRoleDeletionStatusCommandInput,
  GetServiceLinkedRoleDeletionStatusCommandOutput,
  GetUserCommandInput,
  GetUserCommandOutput,
  GetUserPolicyCommandInput,
  GetUserPolicyCommandOutput,
  ListAccessKeysCommandInput,
  ListAccessKeysCommandOutput,
  ListAccountAliasesCommandInput,
  ListAccountAliasesCommandOutput,
  ListAttachedGroupPoliciesCommandInput,
  ListAttachedGroupPoliciesCommandOutput,
  ListAttachedRolePoliciesCommandInput,
  ListAttachedRolePoliciesCommandOutput,
  ListAttachedUserPoliciesCommandInput,
  ListAttachedUserPoliciesCommandOutput,
  ListDelegationRequestsCommandInput,
  ListDelegationRequestsCommandOutput,
  ListEntitiesForPolicyCommandInput,
  ListEntitiesForPolicyCommandOutput,
  ListGroupPoliciesCommandInput,
  ListGroupPoliciesCommandOutput,
  ListGroupsCommandInput,
  ListGroupsCommandOutput,
  ListGroupsForUserCommandInput,
  ListGroupsForUserCommandOutput,
  ListInstanceProfileTagsCommandInput,
  ListInstanceProfileTagsCommandOutput,
  ListInstanceProfilesCommandInput,
  ListInstanceProfilesCommandOutput,
  ListInstanceProfilesForRoleCommandInput,
  ListInstanceProfilesForRoleCommandOutput,
  ListMFADeviceTagsCommandInput,
  ListMFADeviceTagsCommandOutput,
  ListMFADevicesCommandInput,
  ListMFADevicesCommandOutput,
  ListOpenIDConnectProviderTagsCommandInput,
  ListOpenIDConnectProviderTagsCommandOutput,
  ListOpenIDConnectProvidersCommandInput,
  ListOpenIDConnectProvidersCommandOutput,
  ListOrganizationsFeaturesCommandInput,
  ListOrganizationsFeaturesCommandOutput,
  ListPoliciesCommandInput,
  ListPoliciesCommandOutput,
  ListPoliciesGrantingServiceAccessCommandInput,
  ListPoliciesGrantingServiceAccessCommandOutput,
  ListPolicyTagsCommandInput,
  ListPolicyTagsCommandOutput,
  ListPolicyVersionsCommandInput,
  ListPolicyVersionsCommandOutput,
  ListRolePoliciesCommandInput,
  ListRolePoliciesCommandOutput,
  ListRoleTagsCommandInput,
  ListRoleTagsCommandOutput,
  ListRolesCommandInput,
  ListRolesCommandOutput,
  ListSAMLProviderTagsCommandInput,
  ListSAMLProviderTagsCommandOutput,
  ListSAMLProvidersCommandInput,
  ListSAMLProvidersCommandOutput,
  ListSSHPublicKeysCommandInput,
  ListSSHPublicKeysCommandOutput,
  ListServerCertificateTagsCommandInput,
  ListServerCertificateTagsCommandOutput,
  ListServerCertificatesCommandInput,
  ListServerCertificatesCommandOutput,
  ListServiceSpecificCredentialsCommandInput,
  ListServiceSpecificCredentialsCommandOutput,
  ListSigningCertificatesCommandInput,
  ListSigningCertificatesCommandOutput,
  ListUserPoliciesCommandInput,
  ListUserPoliciesCommandOutput,
  ListUserTagsCommandInput,
  ListUserTagsCommandOutput,
  ListUsersCommandInput,
  ListUsersCommandOutput,
  ListVirtualMFADevicesCommandInput,
  ListVirtualMFADevicesCommandOutput,
  PutAccountPropertiesCommandInput,
  PutAccountPropertiesCommandOutput,
  PutGroupPolicyCommandInput,
  PutGroupPolicyCommandOutput,
  PutRolePermissionsBoundaryCommandInput,
  PutRolePermissionsBoundaryCommandOutput,
  PutRolePolicyCommandInput,
  PutRolePolicyCommandOutput,
  PutUserPermissionsBoundaryCommandInput,
  PutUserPermissionsBoundaryCommandOutput,
  PutUserPolicyCommandInput,
  PutUserPolicyCommandOutput,
  RejectDelegationRequestCommandInput,
  RejectDelegationRequestCommandOutput,
  RemoveClientIDFromOpenIDConnectProviderCommandInput,
  RemoveClientIDFromOpenIDConnectProviderCommandOutput,
  RemoveRoleFromInstanceProfileCommandInput,
  RemoveRoleFromInstanceProfileCommandOutput,
  RemoveUserFromGroupCommandInput,
  RemoveUserFromGroupCommandOutput,
  ResetServiceSpecificCredentialCommandInput,
  ResetServiceSpecificCredentialCommandOutput,
  ResyncMFADeviceCommandInput,
  ResyncMFADeviceCommandOutput,
  SendDelegationTokenCommandInput,
  SendDelegationTokenCommandOutput,
  SetDefaultPolicyVersionCommandInput,
  SetDefaultPolicyVersionCommandOutput,
  SetSecurityTokenServicePreferencesCommandInput,
  SetSecurityTokenServicePreferencesCommandOutput,
  SimulateCustomPolicyCommandInput,
  SimulateCustomPolicyCommandOutput,
  SimulatePrincipalPolicyCommandInput,
  SimulatePrincipalPolicyCommandOutput,
  TagInstanceProfileCommandInput,
  TagInstanceProfileCommandOutput,
  TagMFADeviceCommandInput,
  TagMFADeviceCommandOutput,
  TagOpenIDConnectProviderCommandInput,
  TagOpenIDConnectProviderCommandOutput,
  TagPolicyCommandInput,
  TagPolicyCommandOutput,
  TagRoleCommandInput,
  TagRoleCommandOutput,
  TagSAMLProviderCommandInput,
  TagSAMLProviderCommandOutput,
  TagServerCertificateCommandInput,
  TagServerCertificateCommandOutput,
  TagUserCommandInput,
  TagUserCommandOutput,
  UntagInstanceProfileCommandInput,
  UntagInstanceProfileCommandOutput,
  UntagMFADeviceCommandInput,
  UntagMFADeviceCommandOutput,
  UntagOpenIDConnectProviderCommandInput,
  UntagOpenIDConnectProviderCommandOutput,
  UntagPolicyCommandInput,
  UntagPolicyCommandOutput,
  UntagRoleCommandInput,
  UntagRoleCommandOutput,
  UntagSAMLProviderCommandInput,
  UntagSAMLProviderCommandOutput,
  UntagServerCertificateCommandInput,
  UntagServerCertificateCommandOutput,
  UntagUserCommandInput,
  UntagUserCommandOutput,
  UpdateAccessKeyCommandInput,
  UpdateAccessKeyCommandOutput,
  UpdateAccountPasswordPolicyCommandInput,
  UpdateAccountPasswordPolicyCommandOutput,
  UpdateAssumeRolePolicyCommandInput,
  UpdateAssumeRolePolicyCommandOutput,
  UpdateDelegationRequestCommandInput,
  UpdateDelegationRequestCommandOutput,
  UpdateGroupCommandInput,
  UpdateGroupCommandOutput,
  UpdateLoginProfileCommandInput,
  UpdateLoginProfileCommandOutput,
  UpdateOpenIDConnectProviderThumbprintCommandInput,
  UpdateOpenIDConnectProviderThumbprintCommandOutput,
  UpdateRoleCommandInput,
  UpdateRoleCommandOutput,
  UpdateRoleDescriptionCommandInput,
  UpdateRoleDescriptionCommandOutput,
  UpdateSAMLProviderCommandInput,
  UpdateSAMLProviderCommandOutput,
  UpdateSSHPublicKeyCommandInput,
  UpdateSSHPublicKeyCommandOutput,
  UpdateServerCertificateCommandInput,
  UpdateServerCertificateCommandOutput,
  UpdateServiceSpecificCredentialCommandInput,
  UpdateServiceSpecificCredentialCommandOutput,
  UpdateSigningCertificateCommandInput,
  UpdateSigningCertificateCommandOutput,
  UpdateUserCommandInput,
  UpdateUserCommandOutput,
  UploadSSHPublicKeyCommandInput,
  UploadSSHPublicKeyCommandOutput,
  UploadServerCertificateCommandInput,
  UploadServerCertificateCommandOutput,
  UploadSigningCertificateCommandInput,
  UploadSigningCertificateCommandOutput,
} from '@aws-sdk/client-iam'

/** Every operation of IAM, as the SDK types it. */
export type Api = {
  AcceptDelegationRequest: [AcceptDelegationRequestCommandInput, AcceptDelegationRequestCommandOutput]
  AcquireRole: [AcquireRoleCommandInput, AcquireRoleCommandOutput]
  AddClientIDToOpenIDConnectProvider: [AddClientIDToOpenIDConnectProviderCommandInput, AddClientIDToOpenIDConnectProviderCommandOutput]
  AddRoleToInstanceProfile: [AddRoleToInstanceProfileCommandInput, AddRoleToInstanceProfileCommandOutput]
  AddUserToGroup: [AddUserToGroupCommandInput, AddUserToGroupCommandOutput]
  AssociateDelegationRequest: [AssociateDelegationRequestCommandInput, AssociateDelegationRequestCommandOutput]
  AttachGroupPolicy: [AttachGroupPolicyCommandInput, AttachGroupPolicyCommandOutput]
  AttachRolePolicy: [AttachRolePolicyCommandInput, AttachRolePolicyCommandOutput]
  AttachUserPolicy: [AttachUserPolicyCommandInput, AttachUserPolicyCommandOutput]
  ChangePassword: [ChangePasswordCommandInput, ChangePasswordCommandOutput]
  CreateAccessKey: [CreateAccessKeyCommandInput, CreateAccessKeyCommandOutput]
  CreateAccountAlias: [CreateAccountAliasCommandInput, CreateAccountAliasCommandOutput]
  CreateDelegationRequest: [CreateDelegationRequestCommandInput, CreateDelegationRequestCommandOutput]
  CreateGroup: [CreateGroupCommandInput, CreateGroupCommandOutput]
  CreateInstanceProfile: [CreateInstanceProfileCommandInput, CreateInstanceProfileCommandOutput]
  CreateLoginProfile: [CreateLoginProfileCommandInput, CreateLoginProfileCommandOutput]
  CreateOpenIDConnectProvider: [CreateOpenIDConnectProviderCommandInput, CreateOpenIDConnectProviderCommandOutput]
  CreatePolicy: [CreatePolicyCommandInput, CreatePolicyCommandOutput]
  CreatePolicyVersion: [CreatePolicyVersionCommandInput, CreatePolicyVersionCommandOutput]
  CreateRole: [CreateRoleCommandInput, CreateRoleCommandOutput]
  CreateSAMLProvider: [CreateSAMLProviderCommandInput, CreateSAMLProviderCommandOutput]
  CreateServiceLinkedRole: [CreateServiceLinkedRoleCommandInput, CreateServiceLinkedRoleCommandOutput]
  CreateServiceSpecificCredential: [CreateServiceSpecificCredentialCommandInput, CreateServiceSpecificCredentialCommandOutput]
  CreateUser: [CreateUserCommandInput, CreateUserCommandOutput]
  CreateVirtualMFADevice: [CreateVirtualMFADeviceCommandInput, CreateVirtualMFADeviceCommandOutput]
  DeactivateMFADevice: [DeactivateMFADeviceCommandInput, DeactivateMFADeviceCommandOutput]
  DeleteAccessKey: [DeleteAccessKeyCommandInput, DeleteAccessKeyCommandOutput]
  DeleteAccountAlias: [DeleteAccountAliasCommandInput, DeleteAccountAliasCommandOutput]
  DeleteAccountPasswordPolicy: [DeleteAccountPasswordPolicyCommandInput, DeleteAccountPasswordPolicyCommandOutput]
  DeleteGroup: [DeleteGroupCommandInput, DeleteGroupCommandOutput]
  DeleteGroupPolicy: [DeleteGroupPolicyCommandInput, DeleteGroupPolicyCommandOutput]
  DeleteInstanceProfile: [DeleteInstanceProfileCommandInput, DeleteInstanceProfileCommandOutput]
  DeleteLoginProfile: [DeleteLoginProfileCommandInput, DeleteLoginProfileCommandOutput]
  DeleteOpenIDConnectProvider: [DeleteOpenIDConnectProviderCommandInput, DeleteOpenIDConnectProviderCommandOutput]
  DeletePolicy: [DeletePolicyCommandInput, DeletePolicyCommandOutput]
  DeletePolicyVersion: [DeletePolicyVersionCommandInput, DeletePolicyVersionCommandOutput]
  DeleteRole: [DeleteRoleCommandInput, DeleteRoleCommandOutput]
  DeleteRolePermissionsBoundary: [DeleteRolePermissionsBoundaryCommandInput, DeleteRolePermissionsBoundaryCommandOutput]
  DeleteRolePolicy: [DeleteRolePolicyCommandInput, DeleteRolePolicyCommandOutput]
  DeleteSAMLProvider: [DeleteSAMLProviderCommandInput, DeleteSAMLProviderCommandOutput]
  DeleteSSHPublicKey: [DeleteSSHPublicKeyCommandInput, DeleteSSHPublicKeyCommandOutput]
  DeleteServerCertificate: [DeleteServerCertificateCommandInput, DeleteServerCertificateCommandOutput]
  DeleteServiceLinkedRole: [DeleteServiceLinkedRoleCommandInput, DeleteServiceLinkedRoleCommandOutput]
  DeleteServiceSpecificCredential: [DeleteServiceSpecificCredentialCommandInput, DeleteServiceSpecificCredentialCommandOutput]
  DeleteSigningCertificate: [DeleteSigningCertificateCommandInput, DeleteSigningCertificateCommandOutput]
  DeleteUser: [DeleteUserCommandInput, DeleteUserCommandOutput]
  DeleteUserPermissionsBoundary: [DeleteUserPermissionsBoundaryCommandInput, DeleteUserPermissionsBoundaryCommandOutput]
  DeleteUserPolicy: [DeleteUserPolicyCommandInput, DeleteUserPolicyCommandOutput]
  DeleteVirtualMFADevice: [DeleteVirtualMFADeviceCommandInput, DeleteVirtualMFADeviceCommandOutput]
  DetachGroupPolicy: [DetachGroupPolicyCommandInput, DetachGroupPolicyCommandOutput]
  DetachRolePolicy: [DetachRolePolicyCommandInput, DetachRolePolicyCommandOutput]
  DetachUserPolicy: [DetachUserPolicyCommandInput, DetachUserPolicyCommandOutput]
  DisableOrganizationsRootCredentialsManagement: [DisableOrganizationsRootCredentialsManagementCommandInput, DisableOrganizationsRootCredentialsManagementCommandOutput]
  DisableOrganizationsRootSessions: [DisableOrganizationsRootSessionsCommandInput, DisableOrganizationsRootSessionsCommandOutput]
  DisableOutboundWebIdentityFederation: [DisableOutboundWebIdentityFederationCommandInput, DisableOutboundWebIdentityFederationCommandOutput]
  EnableMFADevice: [EnableMFADeviceCommandInput, EnableMFADeviceCommandOutput]
  EnableOrganizationsRootCredentialsManagement: [EnableOrganizationsRootCredentialsManagementCommandInput, EnableOrganizationsRootCredentialsManagementCommandOutput]
  EnableOrganizationsRootSessions: [EnableOrganizationsRootSessionsCommandInput, EnableOrganizationsRootSessionsCommandOutput]
  EnableOutboundWebIdentityFederation: [EnableOutboundWebIdentityFederationCommandInput, EnableOutboundWebIdentityFederationCommandOutput]
  GenerateCredentialReport: [GenerateCredentialReportCommandInput, GenerateCredentialReportCommandOutput]
  GenerateOrganizationsAccessReport: [GenerateOrganizationsAccessReportCommandInput, GenerateOrganizationsAccessReportCommandOutput]
  GenerateServiceLastAccessedDetails: [GenerateServiceLastAccessedDetailsCommandInput, GenerateServiceLastAccessedDetailsCommandOutput]
  GetAccessKeyLastUsed: [GetAccessKeyLastUsedCommandInput, GetAccessKeyLastUsedCommandOutput]
  GetAccountAuthorizationDetails: [GetAccountAuthorizationDetailsCommandInput, GetAccountAuthorizationDetailsCommandOutput]
  GetAccountPasswordPolicy: [GetAccountPasswordPolicyCommandInput, GetAccountPasswordPolicyCommandOutput]
  GetAccountProperties: [GetAccountPropertiesCommandInput, GetAccountPropertiesCommandOutput]
  GetAccountSummary: [GetAccountSummaryCommandInput, GetAccountSummaryCommandOutput]
  GetContextKeysForCustomPolicy: [GetContextKeysForCustomPolicyCommandInput, GetContextKeysForCustomPolicyCommandOutput]
  GetContextKeysForPrincipalPolicy: [GetContextKeysForPrincipalPolicyCommandInput, GetContextKeysForPrincipalPolicyCommandOutput]
  GetCredentialReport: [GetCredentialReportCommandInput, GetCredentialReportCommandOutput]
  GetDelegationRequest: [GetDelegationRequestCommandInput, GetDelegationRequestCommandOutput]
  GetGroup: [GetGroupCommandInput, GetGroupCommandOutput]
  GetGroupPolicy: [GetGroupPolicyCommandInput, GetGroupPolicyCommandOutput]
  GetHumanReadableSummary: [GetHumanReadableSummaryCommandInput, GetHumanReadableSummaryCommandOutput]
  GetInstanceProfile: [GetInstanceProfileCommandInput, GetInstanceProfileCommandOutput]
  GetLoginProfile: [GetLoginProfileCommandInput, GetLoginProfileCommandOutput]
  GetMFADevice: [GetMFADeviceCommandInput, GetMFADeviceCommandOutput]
  GetOpenIDConnectProvider: [GetOpenIDConnectProviderCommandInput, GetOpenIDConnectProviderCommandOutput]
  GetOrganizationsAccessReport: [GetOrganizationsAccessReportCommandInput, GetOrganizationsAccessReportCommandOutput]
  GetOutboundWebIdentityFederationInfo: [GetOutboundWebIdentityFederationInfoCommandInput, GetOutboundWebIdentityFederationInfoCommandOutput]
  GetPolicy: [GetPolicyCommandInput, GetPolicyCommandOutput]
  GetPolicyVersion: [GetPolicyVersionCommandInput, GetPolicyVersionCommandOutput]
  GetRole: [GetRoleCommandInput, GetRoleCommandOutput]
  GetRolePolicy: [GetRolePolicyCommandInput, GetRolePolicyCommandOutput]
  GetRoleTemplateVersion: [GetRoleTemplateVersionCommandInput, GetRoleTemplateVersionCommandOutput]
  GetSAMLProvider: [GetSAMLProviderCommandInput, GetSAMLProviderCommandOutput]
  GetSSHPublicKey: [GetSSHPublicKeyCommandInput, GetSSHPublicKeyCommandOutput]
  GetServerCertificate: [GetServerCertificateCommandInput, GetServerCertificateCommandOutput]
  GetServiceLastAccessedDetails: [GetServiceLastAccessedDetailsCommandInput, GetServiceLastAccessedDetailsCommandOutput]
  GetServiceLastAccessedDetailsWithEntities: [GetServiceLastAccessedDetailsWithEntitiesCommandInput, GetServiceLastAccessedDetailsWithEntitiesCommandOutput]
  GetServiceLinkedRoleDeletionStatus: [GetServiceLinkedRoleDeletionStatusCommandInput, GetServiceLinkedRoleDeletionStatusCommandOutput]
  GetUser: [GetUserCommandInput, GetUserCommandOutput]
  GetUserPolicy: [GetUserPolicyCommandInput, GetUserPolicyCommandOutput]
  ListAccessKeys: [ListAccessKeysCommandInput, ListAccessKeysCommandOutput]
  ListAccountAliases: [ListAccountAliasesCommandInput, ListAccountAliasesCommandOutput]
  ListAttachedGroupPolicies: [ListAttachedGroupPoliciesCommandInput, ListAttachedGroupPoliciesCommandOutput]
  ListAttachedRolePolicies: [ListAttachedRolePoliciesCommandInput, ListAttachedRolePoliciesCommandOutput]
  ListAttachedUserPolicies: [ListAttachedUserPoliciesCommandInput, ListAttachedUserPoliciesCommandOutput]
  ListDelegationRequests: [ListDelegationRequestsCommandInput, ListDelegationRequestsCommandOutput]
  ListEntitiesForPolicy: [ListEntitiesForPolicyCommandInput, ListEntitiesForPolicyCommandOutput]
  ListGroupPolicies: [ListGroupPoliciesCommandInput, ListGroupPoliciesCommandOutput]
  ListGroups: [ListGroupsCommandInput, ListGroupsCommandOutput]
  ListGroupsForUser: [ListGroupsForUserCommandInput, ListGroupsForUserCommandOutput]
  ListInstanceProfileTags: [ListInstanceProfileTagsCommandInput, ListInstanceProfileTagsCommandOutput]
  ListInstanceProfiles: [ListInstanceProfilesCommandInput, ListInstanceProfilesCommandOutput]
  ListInstanceProfilesForRole: [ListInstanceProfilesForRoleCommandInput, ListInstanceProfilesForRoleCommandOutput]
  ListMFADeviceTags: [ListMFADeviceTagsCommandInput, ListMFADeviceTagsCommandOutput]
  ListMFADevices: [ListMFADevicesCommandInput, ListMFADevicesCommandOutput]
  ListOpenIDConnectProviderTags: [ListOpenIDConnectProviderTagsCommandInput, ListOpenIDConnectProviderTagsCommandOutput]
  ListOpenIDConnectProviders: [ListOpenIDConnectProvidersCommandInput, ListOpenIDConnectProvidersCommandOutput]
  ListOrganizationsFeatures: [ListOrganizationsFeaturesCommandInput, ListOrganizationsFeaturesCommandOutput]
  ListPolicies: [ListPoliciesCommandInput, ListPoliciesCommandOutput]
  ListPoliciesGrantingServiceAccess: [ListPoliciesGrantingServiceAccessCommandInput, ListPoliciesGrantingServiceAccessCommandOutput]
  ListPolicyTags: [ListPolicyTagsCommandInput, ListPolicyTagsCommandOutput]
  ListPolicyVersions: [ListPolicyVersionsCommandInput, ListPolicyVersionsCommandOutput]
  ListRolePolicies: [ListRolePoliciesCommandInput, ListRolePoliciesCommandOutput]
  ListRoleTags: [ListRoleTagsCommandInput, ListRoleTagsCommandOutput]
  ListRoles: [ListRolesCommandInput, ListRolesCommandOutput]
  ListSAMLProviderTags: [ListSAMLProviderTagsCommandInput, ListSAMLProviderTagsCommandOutput]
  ListSAMLProviders: [ListSAMLProvidersCommandInput, ListSAMLProvidersCommandOutput]
  ListSSHPublicKeys: [ListSSHPublicKeysCommandInput, ListSSHPublicKeysCommandOutput]
  ListServerCertificateTags: [ListServerCertificateTagsCommandInput, ListServerCertificateTagsCommandOutput]
  ListServerCertificates: [ListServerCertificatesCommandInput, ListServerCertificatesCommandOutput]
  ListServiceSpecificCredentials: [ListServiceSpecificCredentialsCommandInput, ListServiceSpecificCredentialsCommandOutput]
  ListSigningCertificates: [ListSigningCertificatesCommandInput, ListSigningCertificatesCommandOutput]
  ListUserPolicies: [ListUserPoliciesCommandInput, ListUserPoliciesCommandOutput]
  ListUserTags: [ListUserTagsCommandInput, ListUserTagsCommandOutput]
  ListUsers: [ListUsersCommandInput, ListUsersCommandOutput]
  ListVirtualMFADevices: [ListVirtualMFADevicesCommandInput, ListVirtualMFADevicesCommandOutput]
  PutAccountProperties: [PutAccountPropertiesCommandInput, PutAccountPropertiesCommandOutput]
  PutGroupPolicy: [PutGroupPolicyCommandInput, PutGroupPolicyCommandOutput]
  PutRolePermissionsBoundary: [PutRolePermissionsBoundaryCommandInput, PutRolePermissionsBoundaryCommandOutput]
  PutRolePolicy: [PutRolePolicyCommandInput, PutRolePolicyCommandOutput]
  PutUserPermissionsBoundary: [PutUserPermissionsBoundaryCommandInput, PutUserPermissionsBoundaryCommandOutput]
  PutUserPolicy: [PutUserPolicyCommandInput, PutUserPolicyCommandOutput]
  RejectDelegationRequest: [RejectDelegationRequestCommandInput, RejectDelegationRequestCommandOutput]
  RemoveClientIDFromOpenIDConnectProvider: [RemoveClientIDFromOpenIDConnectProviderCommandInput, RemoveClientIDFromOpenIDConnectProviderCommandOutput]
  RemoveRoleFromInstanceProfile: [RemoveRoleFromInstanceProfileCommandInput, RemoveRoleFromInstanceProfileCommandOutput]
  RemoveUserFromGroup: [RemoveUserFromGroupCommandInput, RemoveUserFromGroupCommandOutput]
  ResetServiceSpecificCredential: [ResetServiceSpecificCredentialCommandInput, ResetServiceSpecificCredentialCommandOutput]
  ResyncMFADevice: [ResyncMFADeviceCommandInput, ResyncMFADeviceCommandOutput]
  SendDelegationToken: [SendDelegationTokenCommandInput, SendDelegationTokenCommandOutput]
  SetDefaultPolicyVersion: [SetDefaultPolicyVersionCommandInput, SetDefaultPolicyVersionCommandOutput]
  SetSecurityTokenServicePreferences: [SetSecurityTokenServicePreferencesCommandInput, SetSecurityTokenServicePreferencesCommandOutput]
  SimulateCustomPolicy: [SimulateCustomPolicyCommandInput, SimulateCustomPolicyCommandOutput]
  SimulatePrincipalPolicy: [SimulatePrincipalPolicyCommandInput, SimulatePrincipalPolicyCommandOutput]
  TagInstanceProfile: [TagInstanceProfileCommandInput, TagInstanceProfileCommandOutput]
  TagMFADevice: [TagMFADeviceCommandInput, TagMFADeviceCommandOutput]
  TagOpenIDConnectProvider: [TagOpenIDConnectProviderCommandInput, TagOpenIDConnectProviderCommandOutput]
  TagPolicy: [TagPolicyCommandInput, TagPolicyCommandOutput]
  TagRole: [TagRoleCommandInput, TagRoleCommandOutput]
  TagSAMLProvider: [TagSAMLProviderCommandInput, TagSAMLProviderCommandOutput]
  TagServerCertificate: [TagServerCertificateCommandInput, TagServerCertificateCommandOutput]
  TagUser: [TagUserCommandInput, TagUserCommandOutput]
  UntagInstanceProfile: [UntagInstanceProfileCommandInput, UntagInstanceProfileCommandOutput]
  UntagMFADevice: [UntagMFADeviceCommandInput, UntagMFADeviceCommandOutput]
  UntagOpenIDConnectProvider: [UntagOpenIDConnectProviderCommandInput, UntagOpenIDConnectProviderCommandOutput]
  UntagPolicy: [UntagPolicyCommandInput, UntagPolicyCommandOutput]
  UntagRole: [UntagRoleCommandInput, UntagRoleCommandOutput]
  UntagSAMLProvider: [UntagSAMLProviderCommandInput, UntagSAMLProviderCommandOutput]
  UntagServerCertificate: [UntagServerCertificateCommandInput, UntagServerCertificateCommandOutput]
  UntagUser: [UntagUserCommandInput, UntagUserCommandOutput]
  UpdateAccessKey: [UpdateAccessKeyCommandInput, UpdateAccessKeyCommandOutput]
  UpdateAccountPasswordPolicy: [UpdateAccountPasswordPolicyCommandInput, UpdateAccountPasswordPolicyCommandOutput]
  UpdateAssumeRolePolicy: [UpdateAssumeRolePolicyCommandInput, UpdateAssumeRolePolicyCommandOutput]
  UpdateDelegationRequest: [UpdateDelegationRequestCommandInput, UpdateDelegationRequestCommandOutput]
  UpdateGroup: [UpdateGroupCommandInput, UpdateGroupCommandOutput]
  UpdateLoginProfile: [UpdateLoginProfileCommandInput, UpdateLoginProfileCommandOutput]
  UpdateOpenIDConnectProviderThumbprint: [UpdateOpenIDConnectProviderThumbprintCommandInput, UpdateOpenIDConnectProviderThumbprintCommandOutput]
  UpdateRole: [UpdateRoleCommandInput, UpdateRoleCommandOutput]
  UpdateRoleDescription: [UpdateRoleDescriptionCommandInput, UpdateRoleDescriptionCommandOutput]
  UpdateSAMLProvider: [UpdateSAMLProviderCommandInput, UpdateSAMLProviderCommandOutput]
  UpdateSSHPublicKey: [UpdateSSHPublicKeyCommandInput, UpdateSSHPublicKeyCommandOutput]
  UpdateServerCertificate: [UpdateServerCertificateCommandInput, UpdateServerCertificateCommandOutput]
  UpdateServiceSpecificCredential: [UpdateServiceSpecificCredentialCommandInput, UpdateServiceSpecificCredentialCommandOutput]
  UpdateSigningCertificate: [UpdateSigningCertificateCommandInput, UpdateSigningCertificateCommandOutput]
  UpdateUser: [UpdateUserCommandInput, UpdateUserCommandOutput]
  UploadSSHPublicKey: [UploadSSHPublicKeyCommandInput, UploadSSHPublicKeyCommandOutput]
  UploadServerCertificate: [UploadServerCertificateCommandInput, UploadServerCertificateCommandOutput]
  UploadSigningCertificate: [UploadSigningCertificateCommandInput, UploadSigningCertificateCommandOutput]
}
