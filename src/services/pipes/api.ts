// Written by `npm run models`; do not edit.
import type {
  CreatePipeCommandInput,
  CreatePipeCommandOutput,
  DeletePipeCommandInput,
  DeletePipeCommandOutput,
  DescribePipeCommandInput,
  DescribePipeCommandOutput,
  ListPipesCommandInput,
  ListPipesCommandOutput,
  ListTagsForResourceCommandInput,
  ListTagsForResourceCommandOutput,
  StartPipeCommandInput,
  StartPipeCommandOutput,
  StopPipeCommandInput,
  StopPipeCommandOutput,
  TagResourceCommandInput,
  TagResourceCommandOutput,
  UntagResourceCommandInput,
  UntagResourceCommandOutput,
  UpdatePipeCommandInput,
  UpdatePipeCommandOutput,
} from '@aws-sdk/client-pipes'

/** Every operation of Pipes, as the SDK types it. */
export type Api = {
  CreatePipe: [CreatePipeCommandInput, CreatePipeCommandOutput]
  DeletePipe: [DeletePipeCommandInput, DeletePipeCommandOutput]
  DescribePipe: [DescribePipeCommandInput, DescribePipeCommandOutput]
  ListPipes: [ListPipesCommandInput, ListPipesCommandOutput]
  ListTagsForResource: [ListTagsForResourceCommandInput, ListTagsForResourceCommandOutput]
  StartPipe: [StartPipeCommandInput, StartPipeCommandOutput]
  StopPipe: [StopPipeCommandInput, StopPipeCommandOutput]
  TagResource: [TagResourceCommandInput, TagResourceCommandOutput]
  UntagResource: [UntagResourceCommandInput, UntagResourceCommandOutput]
  UpdatePipe: [UpdatePipeCommandInput, UpdatePipeCommandOutput]
}
