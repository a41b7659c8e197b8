/** What of S3 a node does not offer: docs/decisions/013-buckets.md. */
export const excluded = [
  {
    operations: [
      'CreateBucketMetadataConfiguration',
      'CreateBucketMetadataTableConfiguration',
      'DeleteBucketMetadataConfiguration',
      'DeleteBucketMetadataTableConfiguration',
      'GetBucketMetadataConfiguration',
      'GetBucketMetadataTableConfiguration',
      'UpdateBucketMetadataAnnotationTableConfiguration',
      'UpdateBucketMetadataInventoryTableConfiguration',
      'UpdateBucketMetadataJournalTableConfiguration',
      'DeleteObjectAnnotation',
      'GetObjectAnnotation',
      'ListObjectAnnotations',
      'PutObjectAnnotation',
    ],
    because: 'Metadata tables and annotations are kept in S3 Tables, which is a service of its own.',
  },
  {
    operations: ['CreateSession', 'ListDirectoryBuckets', 'RenameObject'],
    because: 'Directory buckets are those of S3 Express One Zone; a node has general purpose buckets.',
  },
  {
    operations: ['SelectObjectContent', 'GetObjectTorrent'],
    because: 'AWS has closed it, to new customers or to all. Read the object, or a range of it.',
  },
  {
    operations: ['WriteGetObjectResponse'],
    because: 'It answers for an Object Lambda access point, of which there are none.',
  },
] as const
