// Written by `npm run models`; do not edit.
import type {
  AddPermissionCommandInput,
  AddPermissionCommandOutput,
  CancelMessageMoveTaskCommandInput,
  CancelMessageMoveTaskCommandOutput,
  ChangeMessageVisibilityCommandInput,
  ChangeMessageVisibilityCommandOutput,
  ChangeMessageVisibilityBatchCommandInput,
  ChangeMessageVisibilityBatchCommandOutput,
  CreateQueueCommandInput,
  CreateQueueCommandOutput,
  DeleteMessageCommandInput,
  DeleteMessageCommandOutput,
  DeleteMessageBatchCommandInput,
  DeleteMessageBatchCommandOutput,
  DeleteQueueCommandInput,
  DeleteQueueCommandOutput,
  GetQueueAttributesCommandInput,
  GetQueueAttributesCommandOutput,
  GetQueueUrlCommandInput,
  GetQueueUrlCommandOutput,
  ListDeadLetterSourceQueuesCommandInput,
  ListDeadLetterSourceQueuesCommandOutput,
  ListMessageMoveTasksCommandInput,
  ListMessageMoveTasksCommandOutput,
  ListQueueTagsCommandInput,
  ListQueueTagsCommandOutput,
  ListQueuesCommandInput,
  ListQueuesCommandOutput,
  PurgeQueueCommandInput,
  PurgeQueueCommandOutput,
  ReceiveMessageCommandInput,
  ReceiveMessageCommandOutput,
  RemovePermissionCommandInput,
  RemovePermissionCommandOutput,
  SendMessageCommandInput,
  SendMessageCommandOutput,
  SendMessageBatchCommandInput,
  SendMessageBatchCommandOutput,
  SetQueueAttributesCommandInput,
  SetQueueAttributesCommandOutput,
  StartMessageMoveTaskCommandInput,
  StartMessageMoveTaskCommandOutput,
  TagQueueCommandInput,
  TagQueueCommandOutput,
  UntagQueueCommandInput,
  UntagQueueCommandOutput,
} from '@aws-sdk/client-sqs'

/** Every operation of SQS, as the SDK types it. */
export type Api = {
  AddPermission: [AddPermissionCommandInput, AddPermissionCommandOutput]
  CancelMessageMoveTask: [CancelMessageMoveTaskCommandInput, CancelMessageMoveTaskCommandOutput]
  ChangeMessageVisibility: [ChangeMessageVisibilityCommandInput, ChangeMessageVisibilityCommandOutput]
  ChangeMessageVisibilityBatch: [ChangeMessageVisibilityBatchCommandInput, ChangeMessageVisibilityBatchCommandOutput]
  CreateQueue: [CreateQueueCommandInput, CreateQueueCommandOutput]
  DeleteMessage: [DeleteMessageCommandInput, DeleteMessageCommandOutput]
  DeleteMessageBatch: [DeleteMessageBatchCommandInput, DeleteMessageBatchCommandOutput]
  DeleteQueue: [DeleteQueueCommandInput, DeleteQueueCommandOutput]
  GetQueueAttributes: [GetQueueAttributesCommandInput, GetQueueAttributesCommandOutput]
  GetQueueUrl: [GetQueueUrlCommandInput, GetQueueUrlCommandOutput]
  ListDeadLetterSourceQueues: [ListDeadLetterSourceQueuesCommandInput, ListDeadLetterSourceQueuesCommandOutput]
  ListMessageMoveTasks: [ListMessageMoveTasksCommandInput, ListMessageMoveTasksCommandOutput]
  ListQueueTags: [ListQueueTagsCommandInput, ListQueueTagsCommandOutput]
  ListQueues: [ListQueuesCommandInput, ListQueuesCommandOutput]
  PurgeQueue: [PurgeQueueCommandInput, PurgeQueueCommandOutput]
  ReceiveMessage: [ReceiveMessageCommandInput, ReceiveMessageCommandOutput]
  RemovePermission: [RemovePermissionCommandInput, RemovePermissionCommandOutput]
  SendMessage: [SendMessageCommandInput, SendMessageCommandOutput]
  SendMessageBatch: [SendMessageBatchCommandInput, SendMessageBatchCommandOutput]
  SetQueueAttributes: [SetQueueAttributesCommandInput, SetQueueAttributesCommandOutput]
  StartMessageMoveTask: [StartMessageMoveTaskCommandInput, StartMessageMoveTaskCommandOutput]
  TagQueue: [TagQueueCommandInput, TagQueueCommandOutput]
  UntagQueue: [UntagQueueCommandInput, UntagQueueCommandOutput]
}
