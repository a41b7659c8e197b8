// Written by `npm run models`; do not edit.
import type {
  CreateScheduleCommandInput,
  CreateScheduleCommandOutput,
  CreateScheduleGroupCommandInput,
  CreateScheduleGroupCommandOutput,
  DeleteScheduleCommandInput,
  DeleteScheduleCommandOutput,
  DeleteScheduleGroupCommandInput,
  DeleteScheduleGroupCommandOutput,
  GetScheduleCommandInput,
  GetScheduleCommandOutput,
  GetScheduleGroupCommandInput,
  GetScheduleGroupCommandOutput,
  ListScheduleGroupsCommandInput,
  ListScheduleGroupsCommandOutput,
  ListSchedulesCommandInput,
  ListSchedulesCommandOutput,
  ListTagsForResourceCommandInput,
  ListTagsForResourceCommandOutput,
  TagResourceCommandInput,
  TagResourceCommandOutput,
  UntagResourceCommandInput,
  UntagResourceCommandOutput,
  UpdateScheduleCommandInput,
  UpdateScheduleCommandOutput,
} from '@aws-sdk/client-scheduler'

/** Every operation of Scheduler, as the SDK types it. */
export type Api = {
  CreateSchedule: [CreateScheduleCommandInput, CreateScheduleCommandOutput]
  CreateScheduleGroup: [CreateScheduleGroupCommandInput, CreateScheduleGroupCommandOutput]
  DeleteSchedule: [DeleteScheduleCommandInput, DeleteScheduleCommandOutput]
  DeleteScheduleGroup: [DeleteScheduleGroupCommandInput, DeleteScheduleGroupCommandOutput]
  GetSchedule: [GetScheduleCommandInput, GetScheduleCommandOutput]
  GetScheduleGroup: [GetScheduleGroupCommandInput, GetScheduleGroupCommandOutput]
  ListScheduleGroups: [ListScheduleGroupsCommandInput, ListScheduleGroupsCommandOutput]
  ListSchedules: [ListSchedulesCommandInput, ListSchedulesCommandOutput]
  ListTagsForResource: [ListTagsForResourceCommandInput, ListTagsForResourceCommandOutput]
  TagResource: [TagResourceCommandInput, TagResourceCommandOutput]
  UntagResource: [UntagResourceCommandInput, UntagResourceCommandOutput]
  UpdateSchedule: [UpdateScheduleCommandInput, UpdateScheduleCommandOutput]
}
