import { z } from 'zod';

const maxLength = 4096;

/** A path in the kernel’s own tree of mounts. Always absolute; a missing first `/` is added, doubled ones are folded. */
export const virtualPath = z
  .string()
  .min(1)
  .max(maxLength)
  .refine((path) => !path.includes('\0'), 'must not contain a NUL byte')
  .refine((path) => !path.split('/').includes('..'), 'must not contain ".."; name the file from the root "/"')
  .overwrite(
    (path) =>
      `/${path
        .split('/')
        .filter((part) => part !== '' && part !== '.')
        .join('/')}`,
  )
  .describe('Path in the kernel’s tree of mounts, such as /docs/guide.md');
