// Written by `npm run models`; do not edit.
import type {
  AddTagsToResourceCommandInput,
  AddTagsToResourceCommandOutput,
  DeleteParameterCommandInput,
  DeleteParameterCommandOutput,
  DeleteParametersCommandInput,
  DeleteParametersCommandOutput,
  DescribeParametersCommandInput,
  DescribeParametersCommandOutput,
  GetParameterCommandInput,
  GetParameterCommandOutput,
  GetParameterHistoryCommandInput,
  GetParameterHistoryCommandOutput,
  GetParametersCommandInput,
  GetParametersCommandOutput,
  GetParametersByPathCommandInput,
  GetParametersByPathCommandOutput,
  LabelParameterVersionCommandInput,
  LabelParameterVersionCommandOutput,
  ListTagsForResourceCommandInput,
  ListTagsForResourceCommandOutput,
  PutParameterCommandInput,
  PutParameterCommandOutput,
  RemoveTagsFromResourceCommandInput,
  RemoveTagsFromResourceCommandOutput,
  UnlabelParameterVersionCommandInput,
  UnlabelParameterVersionCommandOutput,
} from '@aws-sdk/client-ssm'

/** The operations here of SSM, as the SDK types it. */
export type Api = {
  AddTagsToResource: [AddTagsToResourceCommandInput, AddTagsToResourceCommandOutput]
  DeleteParameter: [DeleteParameterCommandInput, DeleteParameterCommandOutput]
  DeleteParameters: [DeleteParametersCommandInput, DeleteParametersCommandOutput]
  DescribeParameters: [DescribeParametersCommandInput, DescribeParametersCommandOutput]
  GetParameter: [GetParameterCommandInput, GetParameterCommandOutput]
  GetParameterHistory: [GetParameterHistoryCommandInput, GetParameterHistoryCommandOutput]
  GetParameters: [GetParametersCommandInput, GetParametersCommandOutput]
  GetParametersByPath: [GetParametersByPathCommandInput, GetParametersByPathCommandOutput]
  LabelParameterVersion: [LabelParameterVersionCommandInput, LabelParameterVersionCommandOutput]
  ListTagsForResource: [ListTagsForResourceCommandInput, ListTagsForResourceCommandOutput]
  PutParameter: [PutParameterCommandInput, PutParameterCommandOutput]
  RemoveTagsFromResource: [RemoveTagsFromResourceCommandInput, RemoveTagsFromResourceCommandOutput]
  UnlabelParameterVersion: [UnlabelParameterVersionCommandInput, UnlabelParameterVersionCommandOutput]
}
