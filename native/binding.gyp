{
  'targets': [
    {
      'target_name': 'stratus_fuse',
      'sources': [
        'addon.cc',
        'allocator.cc',
        'channel.cc',
        'files.cc',
        'mounting.cc',
        'task.cc',
        'values.cc',
        'xattrs.cc',
      ],
      'defines': ['NAPI_VERSION=8', '_GNU_SOURCE', '_FILE_OFFSET_BITS=64'],
      'cflags': ['-Wall', '-Wextra'],
      'cflags_cc': ['-std=c++17', '-fvisibility=hidden'],
      'conditions': [['OS!="linux"', {'type': 'none'}]],
    },
  ],
}
