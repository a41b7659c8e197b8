// Written by `npm run models`; do not edit.
import type {
  AddPermissionCommandInput,
  AddPermissionCommandOutput,
  CheckIfPhoneNumberIsOptedOutCommandInput,
  CheckIfPhoneNumberIsOptedOutCommandOutput,
  ConfirmSubscriptionCommandInput,
  ConfirmSubscriptionCommandOutput,
  CreatePlatformApplicationCommandInput,
  CreatePlatformApplicationCommandOutput,
  CreatePlatformEndpointCommandInput,
  CreatePlatformEndpointCommandOutput,
  CreateSMSSandboxPhoneNumberCommandInput,
  CreateSMSSandboxPhoneNumberCommandOutput,
  CreateTopicCommandInput,
  CreateTopicCommandOutput,
  DeleteEndpointCommandInput,
  DeleteEndpointCommandOutput,
  DeletePlatformApplicationCommandInput,
  DeletePlatformApplicationCommandOutput,
  DeleteSMSSandboxPhoneNumberCommandInput,
  DeleteSMSSandboxPhoneNumberCommandOutput,
  DeleteTopicCommandInput,
  DeleteTopicCommandOutput,
  GetDataProtectionPolicyCommandInput,
  GetDataProtectionPolicyCommandOutput,
  GetEndpointAttributesCommandInput,
  GetEndpointAttributesCommandOutput,
  GetPlatformApplicationAttributesCommandInput,
  GetPlatformApplicationAttributesCommandOutput,
  GetSMSAttributesCommandInput,
  GetSMSAttributesCommandOutput,
  GetSMSSandboxAccountStatusCommandInput,
  GetSMSSandboxAccountStatusCommandOutput,
  GetSubscriptionAttributesCommandInput,
  GetSubscriptionAttributesCommandOutput,
  GetTopicAttributesCommandInput,
  GetTopicAttributesCommandOutput,
  ListEndpointsByPlatformApplicationCommandInput,
  ListEndpointsByPlatformApplicationCommandOutput,
  ListOriginationNumbersCommandInput,
  ListOriginationNumbersCommandOutput,
  ListPhoneNumbersOptedOutCommandInput,
  ListPhoneNumbersOptedOutCommandOutput,
  ListPlatformApplicationsCommandInput,
  ListPlatformApplicationsCommandOutput,
  ListSMSSandboxPhoneNumbersCommandInput,
  ListSMSSandboxPhoneNumbersCommandOutput,
  ListSubscriptionsCommandInput,
  ListSubscriptionsCommandOutput,
  ListSubscriptionsByTopicCommandInput,
  ListSubscriptionsByTopicCommandOutput,
  ListTagsForResourceCommandInput,
  ListTagsForResourceCommandOutput,
  ListTopicsCommandInput,
  ListTopicsCommandOutput,
  OptInPhoneNumberCommandInput,
  OptInPhoneNumberCommandOutput,
  PublishCommandInput,
  PublishCommandOutput,
  PublishBatchCommandInput,
  PublishBatchCommandOutput,
  PutDataProtectionPolicyCommandInput,
  PutDataProtectionPolicyCommandOutput,
  RemovePermissionCommandInput,
  RemovePermissionCommandOutput,
  SetEndpointAttributesCommandInput,
  SetEndpointAttributesCommandOutput,
  SetPlatformApplicationAttributesCommandInput,
  SetPlatformApplicationAttributesCommandOutput,
  SetSMSAttributesCommandInput,
  SetSMSAttributesCommandOutput,
  SetSubscriptionAttributesCommandInput,
  SetSubscriptionAttributesCommandOutput,
  SetTopicAttributesCommandInput,
  SetTopicAttributesCommandOutput,
  SubscribeCommandInput,
  SubscribeCommandOutput,
  TagResourceCommandInput,
  TagResourceCommandOutput,
  UnsubscribeCommandInput,
  UnsubscribeCommandOutput,
  UntagResourceCommandInput,
  UntagResourceCommandOutput,
  VerifySMSSandboxPhoneNumberCommandInput,
  VerifySMSSandboxPhoneNumberCommandOutput,
} from '@aws-sdk/client-sns'

/** Every operation of SNS, as the SDK types it. */
export type Api = {
  AddPermission: [AddPermissionCommandInput, AddPermissionCommandOutput]
  CheckIfPhoneNumberIsOptedOut: [CheckIfPhoneNumberIsOptedOutCommandInput, CheckIfPhoneNumberIsOptedOutCommandOutput]
  ConfirmSubscription: [ConfirmSubscriptionCommandInput, ConfirmSubscriptionCommandOutput]
  CreatePlatformApplication: [CreatePlatformApplicationCommandInput, CreatePlatformApplicationCommandOutput]
  CreatePlatformEndpoint: [CreatePlatformEndpointCommandInput, CreatePlatformEndpointCommandOutput]
  CreateSMSSandboxPhoneNumber: [CreateSMSSandboxPhoneNumberCommandInput, CreateSMSSandboxPhoneNumberCommandOutput]
  CreateTopic: [CreateTopicCommandInput, CreateTopicCommandOutput]
  DeleteEndpoint: [DeleteEndpointCommandInput, DeleteEndpointCommandOutput]
  DeletePlatformApplication: [DeletePlatformApplicationCommandInput, DeletePlatformApplicationCommandOutput]
  DeleteSMSSandboxPhoneNumber: [DeleteSMSSandboxPhoneNumberCommandInput, DeleteSMSSandboxPhoneNumberCommandOutput]
  DeleteTopic: [DeleteTopicCommandInput, DeleteTopicCommandOutput]
  GetDataProtectionPolicy: [GetDataProtectionPolicyCommandInput, GetDataProtectionPolicyCommandOutput]
  GetEndpointAttributes: [GetEndpointAttributesCommandInput, GetEndpointAttributesCommandOutput]
  GetPlatformApplicationAttributes: [GetPlatformApplicationAttributesCommandInput, GetPlatformApplicationAttributesCommandOutput]
  GetSMSAttributes: [GetSMSAttributesCommandInput, GetSMSAttributesCommandOutput]
  GetSMSSandboxAccountStatus: [GetSMSSandboxAccountStatusCommandInput, GetSMSSandboxAccountStatusCommandOutput]
  GetSubscriptionAttributes: [GetSubscriptionAttributesCommandInput, GetSubscriptionAttributesCommandOutput]
  GetTopicAttributes: [GetTopicAttributesCommandInput, GetTopicAttributesCommandOutput]
  ListEndpointsByPlatformApplication: [ListEndpointsByPlatformApplicationCommandInput, ListEndpointsByPlatformApplicationCommandOutput]
  ListOriginationNumbers: [ListOriginationNumbersCommandInput, ListOriginationNumbersCommandOutput]
  ListPhoneNumbersOptedOut: [ListPhoneNumbersOptedOutCommandInput, ListPhoneNumbersOptedOutCommandOutput]
  ListPlatformApplications: [ListPlatformApplicationsCommandInput, ListPlatformApplicationsCommandOutput]
  ListSMSSandboxPhoneNumbers: [ListSMSSandboxPhoneNumbersCommandInput, ListSMSSandboxPhoneNumbersCommandOutput]
  ListSubscriptions: [ListSubscriptionsCommandInput, ListSubscriptionsCommandOutput]
  ListSubscriptionsByTopic: [ListSubscriptionsByTopicCommandInput, ListSubscriptionsByTopicCommandOutput]
  ListTagsForResource: [ListTagsForResourceCommandInput, ListTagsForResourceCommandOutput]
  ListTopics: [ListTopicsCommandInput, ListTopicsCommandOutput]
  OptInPhoneNumber: [OptInPhoneNumberCommandInput, OptInPhoneNumberCommandOutput]
  Publish: [PublishCommandInput, PublishCommandOutput]
  PublishBatch: [PublishBatchCommandInput, PublishBatchCommandOutput]
  PutDataProtectionPolicy: [PutDataProtectionPolicyCommandInput, PutDataProtectionPolicyCommandOutput]
  RemovePermission: [RemovePermissionCommandInput, RemovePermissionCommandOutput]
  SetEndpointAttributes: [SetEndpointAttributesCommandInput, SetEndpointAttributesCommandOutput]
  SetPlatformApplicationAttributes: [SetPlatformApplicationAttributesCommandInput, SetPlatformApplicationAttributesCommandOutput]
  SetSMSAttributes: [SetSMSAttributesCommandInput, SetSMSAttributesCommandOutput]
  SetSubscriptionAttributes: [SetSubscriptionAttributesCommandInput, SetSubscriptionAttributesCommandOutput]
  SetTopicAttributes: [SetTopicAttributesCommandInput, SetTopicAttributesCommandOutput]
  Subscribe: [SubscribeCommandInput, SubscribeCommandOutput]
  TagResource: [TagResourceCommandInput, TagResourceCommandOutput]
  Unsubscribe: [UnsubscribeCommandInput, UnsubscribeCommandOutput]
  UntagResource: [UntagResourceCommandInput, UntagResourceCommandOutput]
  VerifySMSSandboxPhoneNumber: [VerifySMSSandboxPhoneNumberCommandInput, VerifySMSSandboxPhoneNumberCommandOutput]
}
