import { approvalDecision, permission } from '@aios/protocol';
import { z } from 'zod';

const url = z
  .string()
  .regex(/^https?:\/\/\S+$/i, 'must be a URL that begins with http:// or https://')
  .refine((text) => URL.canParse(text), 'must be a URL such as https://example.com/approvals');

/** What agents are asked about, and who answers. */
export const accessSettings = z.object({
  first_use: z
    .enum(['grant', 'ask'])
    .default('grant')
    .describe(
      'What becomes of a permission in the manifest of an agent that did not come with AIOS, which its user has not decided about: starting the agent grants it, or its first use waits for a person',
    ),
  irreversible: z
    .enum(['ask', 'allow'])
    .default('ask')
    .describe('Whether calls of agents that cannot be undone wait for a person'),
  rules: z
    .array(permission)
    .max(1000)
    .default([])
    .describe(
      'For all agents, on top of what they were granted: ?PERMISSION has a person asked, !PERMISSION forbids',
    ),
  approval_timeout_ms: z
    .number()
    .int()
    .positive()
    .max(315_360_000_000)
    .default(86_400_000)
    .describe('Time after which a call that nobody answers gets the answer at_timeout'),
  at_timeout: approvalDecision.default('deny').describe('approve or deny'),
  four_eyes: z
    .boolean()
    .default(false)
    .describe('Whether another user has to answer than the one for whom the agent runs'),
  webhook: url.optional().describe('Told of each call that waits, signed with AIOS_WEBHOOK_SECRET'),
  public_url: url
    .optional()
    .describe(
      'Where people reach this kernel, for the answer URL that the webhook is told; where it listens when absent',
    ),
});
